import * as z from "zod";
import { FieldError } from "../values/field_error.ts";
import { timestamp } from "../values/schema.ts";
import { AttentionList } from "./attention.ts";

/** A policy that was skipped, and why; an id of * stands for several. */
export const PolicyProblem = z.strictObject({
  id: z.string(),
  code: z.enum(["policy_invalid", "kv_stale", "policy_unread"]),
  errors: z.array(FieldError).readonly(),
});
export type PolicyProblem = Readonly<z.infer<typeof PolicyProblem>>;

/** The same, with the tick that first skipped it for that. */
export const SkippedPolicy = PolicyProblem.extend({ since: timestamp });
export type SkippedPolicy = Readonly<z.infer<typeof SkippedPolicy>>;

/** How a source last answered. */
export const SourceHealth = z.strictObject({
  status: z.enum(["ok", "failing", "unknown"]),
  detail: z.string().nullable(),
  at: timestamp.nullable(),
  since: timestamp.nullable().meta({ description: "Since when it has answered like this" }),
});
export type SourceHealth = Readonly<z.infer<typeof SourceHealth>>;

/** The state of the deployment, as far as the Registrar knows it. No identifiers. */
export const Health = z.strictObject({
  last_tick: timestamp.nullable(),
  policy_problems: z.array(SkippedPolicy).readonly(),
  sources: z.record(z.string(), SourceHealth),
  ...AttentionList.shape,
});
export type Health = Readonly<z.infer<typeof Health>>;

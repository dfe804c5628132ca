import * as z from "zod";
import { UndatedShare } from "../count/undated.ts";
import { FieldError } from "../values/field_error.ts";
import { timestamp } from "../values/schema.ts";

/** A policy that was skipped, and why. */
const PolicyProblem = z.strictObject({ id: z.string(), errors: z.array(FieldError).readonly() });
export type PolicyProblem = Readonly<z.infer<typeof PolicyProblem>>;

/** How a source last answered. */
export const SourceHealth = z.strictObject({
  status: z.enum(["ok", "failing", "unknown"]),
  detail: z.string().nullable(),
  at: timestamp.nullable(),
});
export type SourceHealth = Readonly<z.infer<typeof SourceHealth>>;

/** The state of the deployment, as far as the Registrar knows it. No identifiers. */
export const Health = z.strictObject({
  last_tick: timestamp.nullable(),
  policy_problems: z.array(PolicyProblem).readonly(),
  sources: z.record(z.string(), SourceHealth),
  /** Policies of which many sessions never fall due, because nobody can read when. */
  undated: z
    .array(z.strictObject({ policy: z.string(), source: z.string(), ...UndatedShare.shape }))
    .readonly(),
  stalled: z
    .array(
      z.strictObject({
        id: z.string(),
        kind: z.enum(["sweep", "erasure"]),
        source: z.string().nullable(),
      }),
    )
    .readonly(),
});
export type Health = Readonly<z.infer<typeof Health>>;

import * as z from "zod";
import { FieldError } from "../values/field_error.ts";
import { BREAKER_STATES } from "../pace/totals.ts";
import { orNull, timestamp } from "../values/schema.ts";
import { AttentionList } from "./attention.ts";
import { named, says } from "../values/doc.ts";

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
  since: timestamp.nullable().meta(says("Since when it has answered like this")),
});
export type SourceHealth = Readonly<z.infer<typeof SourceHealth>>;

/** How fast a source may be called, as its last slice told. */
const SourcePace = z
  .strictObject({
    breaker: z
      .enum(BREAKER_STATES)
      .meta(
        says("open: it failed too often and is left alone for a while; half_open: it is tried"),
      ),
    rate: z
      .number()
      .nullable()
      .meta(says("Calls a second that may go: less than `limit` after a 429. null: unlimited")),
    limit: z.number().nullable().meta(says("Calls a second by its configuration. null: unlimited")),
    at: timestamp.meta(says("When the slice ended")),
    answered_at: timestamp
      .nullable()
      .meta(
        says(
          "When the last slice ended in which it answered a call. null: none has, as on the embedded store, which is not called over the network",
        ),
      ),
  })
  .meta(named("SourcePace"));

/** A source as the health of the deployment shows it. */
export const SourceState = SourceHealth.extend({
  pace: orNull(SourcePace).meta(says("null: no slice has told it yet")),
});

export type SourceState = Readonly<z.infer<typeof SourceState>>;

/** The state of the deployment, as far as the Registrar knows it. No identifiers. */
export const Health = z.strictObject({
  last_tick: timestamp.nullable(),
  policy_problems: z.array(SkippedPolicy).readonly(),
  sources: z.record(z.string(), SourceState),
  ...AttentionList.shape,
});
export type Health = Readonly<z.infer<typeof Health>>;

import * as z from "zod";
import { DispositionCounts } from "../count/disposition.ts";
import { orNull, timestamp, wholeNumber } from "../values/schema.ts";
import { SweepReport } from "./sweep.ts";
import { named, says } from "../values/doc.ts";

/** What may keep a policy from removing anything, the strongest first. docs/GLOSSARY.md is made from this. */
export const POLICY_WAITS = {
  policy_invalid: "Its document is invalid, so nothing runs.",
  policy_unread: "KV did not give its document, now or at the last tick.",
  kv_stale: "At the last tick KV showed a version that may not run, so nothing started.",
  off: "Its mode is `off`.",
  paused: "The switch pauses its source.",
  braked: "A guard stopped the plan of a sweep, and nobody has decided about it.",
  needs_approval: "The plan of a sweep needs approval, and nobody has decided about it.",
  earlier_sweep: "A sweep has not ended: ticks join it, or wait until it has stopped.",
  observe: "Its mode is `observe`: it plans, and removes nothing.",
} as const;
export type PolicyWait = keyof typeof POLICY_WAITS;

const WAITS = Object.keys(POLICY_WAITS) as [PolicyWait, ...PolicyWait[]];

const { id, status, created_at, finished_at } = SweepReport.shape;

/** How a policy is doing. It is no part of the policy's document. */
export const PolicyState = z
  .strictObject({
    last_sweep: orNull(z.strictObject({ id, status, created_at, finished_at })).meta(
      says("null: it had none, or its report is not kept any more"),
    ),
    removals_24h: DispositionCounts.meta(
      says("What became of its planned sessions in this hour and the 23 before it"),
    ),
    removals_7d: DispositionCounts.meta(says("The same in this hour and the 167 before it")),
    backlog: wholeNumber
      .nullable()
      .meta(says("As its last sweep that came to a plan told it; null: not known")),
    oldest_due_at: timestamp.nullable(),
    due_next_24h: wholeNumber.nullable().meta(says("At least; null: not known")),
    next_run_at: timestamp
      .nullable()
      .meta(
        says(
          "By its schedule and jitter, or by the ticks of the cron. In the past: with the next tick. null: never, or not known",
        ),
      ),
    waits_for: z
      .array(z.enum(WAITS))
      .readonly()
      .meta(says("What may keep it from removing anything, the strongest first")),
  })
  .meta(named("PolicyState"));
export type PolicyState = Readonly<z.infer<typeof PolicyState>>;

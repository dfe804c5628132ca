import * as z from "zod";
import { doc, named, says } from "../values/doc.ts";
import { orNull, timestamp, wholeNumber } from "../values/schema.ts";

/** One matter that needs a person: when it is told, and what settles it. */
interface AttentionKind {
  readonly when: string;
  readonly settled_by: string;
}

/**
 * Everything that can need a person, and there is nothing else in `attention`. The most urgent come first, and
 * so they stand in a list. docs/SIGNALS.md is made from this.
 */
export const ATTENTION = {
  registrar_unreachable: {
    when: doc("the Registrar did not answer, so the rest of the list is not known"),
    settled_by: "asking again; if it stays, the log line `health.registrar_unreachable`",
  },
  migrations_missing: {
    when: doc("tables of the embedded store are not there, or are older than the Worker"),
    settled_by:
      "`npm run deploy`, or `npx wrangler d1 migrations apply STORE --remote`, and the next sweep",
  },
  configuration: {
    when: doc("a variable or a secret is missing or wrong"),
    settled_by: "correcting the variable that `about` names",
  },
  no_tick: {
    when: doc(
      "the cron has not ticked for twice the shortest schedule (5 minutes at least, 2 hours at most)",
    ),
    settled_by: "the next tick: look at the Worker's triggers and deploy again",
  },
  policy_unread: {
    when: doc(
      "KV did not give a policy at the last tick, or none (`about` is the deployment then)",
    ),
    settled_by: "the next tick that can read it",
  },
  paused: {
    when: doc("somebody has paused a source, or all of them"),
    settled_by: "ending the pause",
  },
  erasure_late: {
    when: doc("an erasure has not ended and its `due_at` has passed"),
    settled_by: "the end of the erasure: its report says what it waits for",
  },
  source_failing: {
    when: doc("the last sweep of a source that a policy sweeps ended with an error"),
    settled_by: "the next sweep that ends without one",
  },
  stalled: {
    when: doc(
      "a sweep or an erasure made no progress in five attempts, or an erasure goes on without a source that does not answer",
    ),
    settled_by: "a sweep: the next one; an erasure: the answer of its source",
  },
  braked: {
    when: doc("a guard stopped the plan of a sweep"),
    settled_by: "approving or cancelling it",
  },
  needs_approval: {
    when: doc("a sweep or an erasure waits for approval"),
    settled_by: "approving or cancelling it",
  },
  erasure_at_risk: {
    when: doc("an erasure has not ended and its `due_at` is less than 7 days away"),
    settled_by: "the end of the erasure: its report says what it waits for",
  },
  breaker_open: {
    when: doc(
      "at the end of its last slice a source was left alone because it failed too often, and a policy or an erasure asks it",
    ),
    settled_by: "the first answer of the source",
  },
  no_completed_sweep: {
    when: doc(
      "a policy has had no completed sweep although three of its scheduled times have passed, and at least an hour. A policy is left out while its source is paused, while its sweep waits for a person, or while one has been under way for less than `OVERDUE_AFTER`",
    ),
    settled_by: "a sweep that completes",
  },
  policy_invalid: {
    when: doc("the last tick skipped a policy because it is invalid"),
    settled_by: "a valid version",
  },
  kv_stale: {
    when: doc(
      "KV shows a version of a policy that a newer one superseded, and KV's delay does not explain it",
    ),
    settled_by: "writing the version that you want, or deleting the policy",
  },
  undated: {
    when: doc(
      "more than 5 % of the sessions that a policy selects have no readable date where a clause looks, and are due by no other clause",
    ),
    settled_by: "a `created_at` clause as a backstop, or correcting the writer of the dates",
  },
  selects_nobody: {
    when: doc(
      "the `match` of a policy selected no session in its last three sweeps, and its source holds some. Seam and Vectara are listed whole. On the embedded store it is looked up once an hour at most, for a `match` by metadata among the oldest 100,000 sessions",
    ),
    settled_by: "correcting its `match`, or deleting the policy",
  },
  hold_review_due: {
    when: doc("the review date of a hold has passed; it still binds"),
    settled_by: "releasing the hold, after placing it again if it is still needed",
  },
} as const satisfies Readonly<Record<string, AttentionKind>>;
export type AttentionCode = keyof typeof ATTENTION;

export const ATTENTION_CODES = Object.keys(ATTENTION) as [AttentionCode, ...AttentionCode[]];

const About = z.strictObject({
  kind: z.enum(["deployment", "store", "variable", "source", "policy", "sweep", "erasure", "hold"]),
  id: z.string().nullable().meta(says("Its id or name; null: there is only one")),
});

const Call = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]),
  path: z.string(),
  body: z
    .record(z.string(), z.union([z.string(), z.boolean()]))
    .optional()
    .meta(
      says("What to send; absent: nothing, or what only a look tells, such as a plan's digest"),
    ),
});

/** One matter that needs a person. Names of policies, sources and keys, ids of jobs; nothing of whom a session is. */
export const Attention = z
  .strictObject({
    code: z.enum(ATTENTION_CODES),
    since: timestamp.nullable().meta(says("null: not known")),
    about: About,
    message: z.string(),
    settle: orNull(Call).meta(
      says("The call that settles it, or that shows what does; null: no call of this API"),
    ),
  })
  .meta(named("Attention"));
export type Attention = Readonly<z.infer<typeof Attention>>;

/** The first matters, at least one of each code, and how many there are besides. */
export const AttentionList = z.strictObject({
  attention: z.array(Attention).readonly(),
  attention_more: z
    .record(z.string(), wholeNumber)
    .meta(says("How many there are beyond those 100, by code")),
});
export type AttentionList = Readonly<z.infer<typeof AttentionList>>;

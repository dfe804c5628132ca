import * as z from "zod";
import { DISPOSITIONS } from "../../core/count/disposition.ts";
import { STOPS, VERDICTS, type Stop } from "../../core/rule/explain.ts";
import { FieldError } from "../../core/values/field_error.ts";
import { CLOCKS } from "../../core/session/session.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import type { ExplainAnswer, Remembered } from "../../contract/custodian.ts";
import { orNull, timestamp } from "../../core/values/schema.ts";
import { Searched } from "./search.ts";
import { named, says } from "../../core/values/doc.ts";

const stops = z.array(z.enum(STOPS)).readonly();

/** What one policy says of a session. */
export const ExplainedPolicy = z
  .strictObject({
    policy: z.string(),
    mode: z.enum(["off", "observe", "enforce"]).nullable().meta(says("null: invalid")),
    verdict: z
      .enum(VERDICTS)
      .nullable()
      .meta(
        says(
          "What the policy says now; `with_parent`: it names nobody, is not due itself and goes with the session that made it once that one is due (its metadata are not looked at); `unread`: its activity decides, and could not be read; null: the session is not there, or the policy is invalid",
        ),
      ),
    unmatched_by: z
      .string()
      .nullable()
      .meta(
        says(
          "The part of its `match` that leaves the session out, such as `match.scope`; null: it is matched",
        ),
      ),
    clause: z.int().min(0).nullable(),
    clause_words: z
      .string()
      .nullable()
      .meta(says("The clause as a sentence: removed 15 minutes after `expires_at`")),
    clock: z.enum(CLOCKS).nullable(),
    threshold: timestamp.nullable().meta(says("Due while its clock is not after this")),
    due_at: timestamp
      .nullable()
      .meta(says("When it fell due, or will; the earliest, where later activity may be unknown")),
    swept_next_at: timestamp
      .nullable()
      .meta(
        says(
          "The next run that would take it if nothing changes; null: none does while what `stopped_by` names lasts, or nobody can tell",
        ),
      ),
    stopped_by: stops.meta(says("What holds it back, beside not being due yet")),
    errors: z.array(FieldError).readonly(),
  })
  .meta(named("ExplainedPolicy"));
export type ExplainedPolicy = z.output<typeof ExplainedPolicy>;

const disposition = z.enum(DISPOSITIONS);

/** All that is told of one session; nothing of whom it names. */
export const Explanation = z
  .strictObject({
    source: z.string().nullable().meta(says("null: it was found nowhere")),
    scope: z
      .string()
      .nullable()
      .meta(says("null: it was found nowhere, or is gone and its scope is not kept")),
    id: z.string(),
    session: orNull(
      z.strictObject({
        clocks: z.partialRecord(z.enum(CLOCKS), timestamp.nullable()),
        busy: z.boolean(),
        activity: z
          .enum(["read", "at_least", "unread"])
          .meta(says("`at_least`: it was active then, and perhaps later")),
      }),
    ).meta(says("As its source has it now; null: it is not there, as far as `searched` tells")),
    hold: z
      .string()
      .nullable()
      .meta(says("The hold that binds it; null: none does, or the key may not read it")),
    policies: z.array(ExplainedPolicy).readonly(),
    planned: z
      .array(
        z.strictObject({
          job: z.string().meta(says("A sweep or an erasure")),
          policy: z.string().nullable(),
          preview: z.boolean(),
          disposition: disposition.nullable(),
          at: timestamp.nullable(),
        }),
      )
      .readonly()
      .meta(says("The plans that have it now")),
    removed: orNull(
      z.strictObject({
        job: z
          .string()
          .nullable()
          .meta(says("A sweep or an erasure; null: a caller of the embedded store")),
        disposition,
        at: timestamp,
        clause: z.int().min(0).nullable(),
        due_at: timestamp.nullable(),
      }),
    ).meta(says("How it last went, as far as 90 days tell")),
    searched: z.array(Searched).readonly(),
  })
  .meta(named("Explanation"));

/** A stored document that cannot run. */
export interface InvalidVersion {
  readonly id: string;
  readonly errors: readonly FieldError[];
}

/** An invalid document removes nothing; a clock that the source does not have is another provider's. */
export function showInvalid({ id, errors }: InvalidVersion): ExplainedPolicy {
  const isClock = errors.some(({ field }) => /^expire\[\d+\]\.clock$/.test(field));
  const stopped: Stop[] = isClock
    ? ["policy_invalid", "not_this_provider_clock"]
    : ["policy_invalid"];
  return { ...NOTHING, policy: id, mode: null, stopped_by: stopped, errors };
}

/** What is said where nothing can be. */
export const NOTHING = {
  verdict: null,
  unmatched_by: null,
  clause: null,
  clause_words: null,
  clock: null,
  threshold: null,
  due_at: null,
  swept_next_at: null,
  stopped_by: [],
  errors: [],
};

/** What is said of a session that is nowhere, or of which only the end is known. */
export const UNKNOWN = {
  scope: null,
  session: null,
  hold: null,
  policies: [],
  planned: [],
  removed: null,
};

/** The session, its plans and its end as the API writes them. */
export function showSession({
  session,
  planned,
  removed,
}: ExplainedSession): Pick<z.output<typeof Explanation>, "session" | "planned" | "removed"> {
  return {
    session: session === null ? null : { ...session, clocks: showClocks(session.clocks) },
    planned: planned.map(({ job, policy, preview, disposition: became, at }) => ({
      job,
      policy,
      preview,
      disposition: became,
      at: formatInstant(at),
    })),
    removed: removed === null ? null : showRemoved(removed),
  };
}

/** How a session went, as the API writes it. */
export function showRemoved({ job, disposition: how, at, clause, due_at: dueAt }: Remembered) {
  return {
    job,
    disposition: how,
    at: formatTimestamp(at),
    clause,
    due_at: formatInstant(dueAt),
  };
}

export type ExplainedSession = Extract<ExplainAnswer, { kind: "explained" }>;

function showClocks(clocks: Readonly<Record<string, number | null>>) {
  return Object.fromEntries(
    Object.entries(clocks).map(([clock, at]) => [clock, formatInstant(at)]),
  );
}

import {
  ATTENTION_CODES,
  type Attention,
  type AttentionCode,
  type AttentionList,
} from "../report/attention.ts";
import type { SkippedPolicy, SourceHealth } from "../report/health.ts";
import { JOB_ERRORS } from "../report/job_errors.ts";
import { formatInstant, formatTimestamp } from "../values/timestamp.ts";
import { jobAttention, type Group, type JobFacts } from "./attention_jobs.ts";
import { policyAttention, type PolicyFacts } from "./attention_policies.ts";

/** A list holds so many; more would be read by nobody. */
const MOST = 100;

/** Null: of every source, and until somebody ends it. */
interface LastingPause {
  readonly source: string | null;
  readonly until: number | null;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** What a source last showed. Times are epoch milliseconds. */
interface SourceFacts {
  readonly source: string;
  /** How its last sweep ended; null: no policy sweeps it. */
  readonly health: SourceHealth | null;
  /** Since when its breaker has been open; null: it was not at the end of the last slice. */
  readonly breaker_open_since: number | null;
}

/** Everything that the Registrar knows and that may need a person. Times are epoch milliseconds. */
export interface AttentionFacts {
  /** Pauses that last, by source; null: all. */
  readonly pauses: readonly LastingPause[];
  readonly sources: readonly SourceFacts[];
  readonly last_tick: number | null;
  /** Since when the next tick is missing; null: it is not. */
  readonly tick_missing_since: number | null;
  readonly skipped: readonly SkippedPolicy[];
  readonly jobs: JobFacts;
  readonly policies: readonly PolicyFacts[];
  /** Holds that bind, and whose review date has passed. */
  readonly holds: Group<{ readonly id: string; readonly review_at: number }>;
}

/** What needs a person, by what is known at a time. */
export function attentionOf(facts: AttentionFacts, now: number): AttentionList {
  const { jobs, holds } = facts;
  const more: Partial<Record<AttentionCode, number>> = {};
  const found = [
    ...tickAttention(facts),
    ...facts.pauses.map(pausedAttention),
    ...facts.sources.flatMap(sourceAttention),
    ...facts.skipped.map(skippedAttention),
    ...jobAttention(jobs, more),
    ...facts.policies.flatMap((policy) => policyAttention(policy, now)),
    ...holds.first.map(({ id, review_at: at }): Attention => ({
      code: "hold_review_due",
      since: formatTimestamp(at),
      about: { kind: "hold", id },
      message: "The review date of this hold has passed; it still binds.",
      settle: { method: "POST", path: `/v1/holds/${id}/release` },
    })),
  ];
  more.hold_review_due = holds.total - holds.first.length;
  return boundAttention(found, more);
}

/**
 * The first hundred, the most urgent code first and of one code the oldest; the first of every code is among
 * them, so that many of one kind hide no other. `more` are known to be there besides.
 */
export function boundAttention(
  found: readonly Attention[],
  more: AttentionList["attention_more"],
): AttentionList {
  const byCode = Map.groupBy(found, ({ code }) => code);
  const ranked = ATTENTION_CODES.flatMap((code, urgency) =>
    (byCode.get(code) ?? [])
      .toSorted((one, other) => compare(one.since ?? "", other.since ?? ""))
      .map((entry, rank) => ({ entry, rank, urgency })),
  );
  const kept = ranked
    .toSorted((one, other) => one.rank - other.rank || one.urgency - other.urgency)
    .slice(0, MOST)
    .toSorted((one, other) => one.urgency - other.urgency || one.rank - other.rank)
    .map(({ entry }) => entry);
  const left = ATTENTION_CODES.flatMap((code) => {
    const shown = kept.filter((entry) => entry.code === code).length;
    const rest = (byCode.get(code)?.length ?? 0) - shown + (more[code] ?? 0);
    return rest > 0 ? [[code, rest] as const] : [];
  });
  return { attention: kept, attention_more: Object.fromEntries(left) };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function tickAttention({
  last_tick: last,
  tick_missing_since: since,
}: AttentionFacts): readonly Attention[] {
  if (since === null) {
    return [];
  }
  const when = last === null ? "never" : `last at ${formatTimestamp(last)}`;
  return [
    {
      code: "no_tick",
      since: formatTimestamp(since),
      about: { kind: "deployment", id: null },
      message: `The cron has ticked ${when}. The Registrar ticks itself, but later than the schedules say.`,
      settle: null,
    },
  ];
}

function pausedAttention({ source, until, at, by, reason }: LastingPause): Attention {
  const end = until === null ? "somebody ends it" : formatTimestamp(until);
  return {
    code: "paused",
    since: formatTimestamp(at),
    about: source === null ? { kind: "deployment", id: null } : { kind: "source", id: source },
    message: `${by} paused ${source ?? "every source"} until ${end}: ${reason}`,
    settle: {
      method: "PUT",
      path: "/v1/switch",
      body: { paused: false, ...(source === null ? {} : { source }) },
    },
  };
}

const UNSWEPT = { status: "unknown", detail: null, since: null } as const;

function sourceAttention({
  source,
  health,
  breaker_open_since: open,
}: SourceFacts): readonly Attention[] {
  const { status, detail, since } = health ?? UNSWEPT;
  const about = { kind: "source", id: source } as const;
  const isUnmigrated = detail === "migrations_missing";
  return [
    ...(status !== "failing"
      ? []
      : [
          {
            code: isUnmigrated ? "migrations_missing" : "source_failing",
            since,
            about,
            message: isUnmigrated
              ? "The tables of the embedded store are missing or old: apply the migrations."
              : `The last sweep of ${source} ended with an error. ${meaningOf(detail)}`.trimEnd(),
            settle: { method: "POST", path: "/v1/sweeps" },
          } as const,
        ]),
    ...(open === null
      ? []
      : [
          {
            code: "breaker_open",
            since: formatInstant(open),
            about,
            message: `${source} failed too often and was left alone at the end of its last slice.`,
            settle: null,
          } as const,
        ]),
  ];
}

/** What the code of an error means; nothing where it is none of today's. */
function meaningOf(code: string | null): string {
  const meanings: Readonly<Record<string, { readonly meaning: string } | undefined>> = JOB_ERRORS;
  return meanings[code ?? ""]?.meaning ?? "";
}

function skippedAttention({ id, code, since, errors: [first] }: SkippedPolicy): Attention {
  const said =
    first === undefined
      ? ""
      : `: ${[first.field, first.message].filter((one) => one !== "").join(": ")}`;
  const isOne = id !== "*";
  return {
    code,
    since,
    about: isOne ? { kind: "policy", id } : { kind: "deployment", id: null },
    message: `The last tick skipped ${isOne ? `the policy ${id}` : "policies"}${said}`,
    settle:
      isOne && code !== "policy_unread" ? { method: "PUT", path: `/v1/policies/${id}` } : null,
  };
}

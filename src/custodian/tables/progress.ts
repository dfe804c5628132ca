import type { StopAs } from "../../contract/custodian.ts";
import type { DispositionCounts } from "../../core/count/disposition.ts";
import { EMPTY_LAG } from "../../core/count/lag.ts";
import { NONE_OVERDUE } from "../../core/count/overdue.ts";
import { UNBOUND, type BoundBy } from "../../core/pace/bound.ts";
import type { GuardStop, JobError } from "../../core/report/job.ts";
import { NO_COUNTS, type SweepReport } from "../../core/report/sweep.ts";
import type { NearMisses } from "../../core/session/near_miss.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { NONE_UNREADABLE } from "../../core/session/unreadable.ts";
import { START_LINEAGE, START_WAITING } from "./family/family.ts";
import type { Forecast } from "./forecasts.ts";
import { START_ORDERING } from "./ordering.ts";
import type { ErasurePhase, Phase } from "./phase.ts";

// Everything of a job that changes while it runs, by the phase that it belongs to; saved in the same turn as the
// rows it speaks of. The types are those of the starts.

const SELECT = {
  /** Which sessions a list has shown: the state of a count of different ones; "": nobody counts them. */
  distinct: "",
  unsearched: 0,
  unreadable: NONE_UNREADABLE,
  /** Sessions that name nobody and of whose ancestors nobody knows. */
  unattributable: 0,
  /** After a list of everything: how far it has been kept whose the nameless sessions are. */
  lineage: START_LINEAGE,
};

const PLAN = {
  next_seq: 1,
  /** How many rows it has. */
  found: 0,
  /** The version of the restraints that every row has been held against, as it was read. */
  judged: 0,
  digest: null as string | null,
  digest_seq: 0,
  /** The agent that was asked last whether it shares what it makes, and when all began to be; null: all were. */
  asked: { maker: "" as string | null, at: 0 },
};

type AnyEnd = "failed" | StopAs;
type SweepEnd = AnyEnd | "completed" | "observed" | "stalled";
type ErasureEnd = AnyEnd | "done" | "partial" | "conflict" | "observed";

const START = {
  error: null as JobError | null,
  /** What the source last said instead of an answer; no identifiers. */
  last_fault: null as string | null,
  /** Provider, endpoint, credential and account of the plan; a plan made under another is void. */
  fingerprint: null as string | null,
  /** Where the list stands that the phase reads. */
  cursor: null as string | null,
  counts: NO_COUNTS,
  /** Sessions that the policy's `match` selects, or that the source holds; null until it is known. */
  matched: null as number | null,
  dispositions: {} as DispositionCounts,
  /** What its time went into so far. */
  bound: UNBOUND,
  /** What it waits for between two steps, from when until when at most. */
  waiting: null as { by: BoundBy; since: number; until: number } | null,
  end: {
    at: null as number | null,
    /** How far what went has been written down. */
    remembered_seq: 0,
    /** Until when the plan of a preview that has ended is kept. */
    plan_until: null as number | null,
  },
};

export const START_SWEEP = {
  ...START,
  /** Its final status stands there once it is decided. */
  end: { ...START.end, as: null as SweepEnd | null },
  phase: "queued" as Phase,
  cutoff: null as number | null,
  /** The dispositions of the sessions of each clause, in the policy's order. */
  by_clause: [] as readonly DispositionCounts[],
  select: {
    ...SELECT,
    /** Since the last sweep under this version; null when there was none. */
    interval_ms: null as number | null,
    /** Set once the rows wanted are there: the rest is only counted. */
    counting: false,
    /** Rows arrived with the longest overdue first. */
    sorted: true,
    last_due_at: 0,
    /** The least overdue of the rows that wait for their order, and how many these are. */
    max_due_at: 0,
    pending: 0,
    /** Sessions that a list of everything showed to fall due within a day. */
    soon: 0,
    /** It has read every session, and not just what is due. */
    listed_all: false,
    forecast: null as Forecast | null,
    /** How the reading of activity, where a list does not tell it, stands. */
    reading: {
      /** Rows that began as unread. */
      rows: 0,
      /** Whether the reading of some may be spared; null until that is decided. */
      spares: null as boolean | null,
      /** How far what earlier sweeps saw idle has been recalled; null when it has. */
      recalled_seq: 0 as number | null,
      /** Sessions that may be due, and were not read because the budget was full. */
      left: 0,
    },
  },
  /** How the two versions of a preview differ, and how far that has been counted. */
  difference: {
    counted: null as SweepReport["difference"],
    after: null as SessionRef | null,
    /** Up to whom each person's newest have been noted, under which of the two versions. */
    newest: { version: "own" as "own" | "other", person: "" },
  },
  plan: {
    ...PLAN,
    ordering: START_ORDERING,
    /** How far what waits for sessions that it has made has been left. */
    children: START_WAITING,
    histogram: NONE_OVERDUE,
    /** The due time of the first of the plan, and the earliest of what was due, is left and is not held. */
    first_due_at: null as number | null,
    oldest_left: null as number | null,
  },
  guard: null as GuardStop | null,
  /** When removals began, and when they ended. */
  remove: { from: null as number | null, to: null as number | null, lag: EMPTY_LAG },
  verify: { seq: 0, read: 0, seen_again: 0 },
};

export const START_ERASURE = {
  ...START,
  end: { ...START.end, as: null as ErasureEnd | null },
  phase: "queued" as ErasurePhase,
  select: {
    ...SELECT,
    /** The whole source is read, because its size is needed. */
    whole: false,
    conflict: null as string | null,
    /** What the newest list shows that only looks like what was asked for; null: it did not look. */
    near_misses: null as NearMisses | null,
  },
  plan: PLAN,
  guard: {
    /** Which identifiers, by their place, are ids of sessions that the plan found here. */
    ids_found: [] as readonly number[],
    /** Since when the source is waited for, because it lists nothing and held many; null: it is not. */
    empty_since: null as number | null,
  },
  verify: {
    part: "ids" as "ids" | "selector" | "children",
    seq: 0,
    /** Passes so far, when each ended, and when the next may begin. */
    pass: 0,
    ended_at: [] as readonly string[],
    next_at: 0,
    /** Sessions of any person that the pass under way has listed. */
    seen_again: 0,
  },
};

export type SweepProgress = Readonly<typeof START_SWEEP>;
export type ErasureProgress = Readonly<typeof START_ERASURE>;
export type Progress = SweepProgress | ErasureProgress;

/** How a job ends is decided: nothing that is wanted of it changes that. */
export function isEnding({ phase }: Pick<Progress, "phase">): boolean {
  return phase === "ending" || phase === "remembering" || phase === "clearing" || phase === "ended";
}

import type { Bound, BoundBy } from "../pace/bound.ts";
import type { DispositionCounts } from "../count/disposition.ts";
import type { Approval, Floors } from "../policy/floors.ts";
import type { OverdueHistogram } from "../count/overdue.ts";
import type { Unreadable } from "../session/unreadable.ts";
import type { Who } from "./who.ts";

export const SWEEP_STATUSES = [
  "queued",
  "selecting",
  "planned",
  "removing",
  "verifying",
  "completed",
  "observed",
  "braked",
  "needs_approval",
  "superseded",
  "stopped",
  "stalled",
  "cancelled",
  "failed",
] as const;
export type SweepStatus = (typeof SWEEP_STATUSES)[number];

/** A sweep with one of these waits for a person. */
export const WAITING_SWEEPS: ReadonlySet<string> = new Set(["braked", "needs_approval"]);

/** A sweep with one of these has ended. What neither waits nor has ended is under way. */
export const ENDED_SWEEPS: ReadonlySet<string> = new Set([
  "completed",
  "observed",
  "superseded",
  "stopped",
  "stalled",
  "cancelled",
  "failed",
]);

/** What a sweep looked at, and what it made of it. */
export interface SweepCounts {
  readonly examined: number;
  readonly undated: number;
  readonly due: number;
  /** What `keep` keeps, and what waits for sessions that it has made. */
  readonly kept: number;
  /** Of these: they have made sessions that name nobody and are not due. */
  readonly has_children: number;
  /** Left because a hold binds them, and not counted as due; their activity may not have been read. */
  readonly held: number;
  readonly planned: number;
}

export const NO_COUNTS: SweepCounts = {
  examined: 0,
  undated: 0,
  due: 0,
  kept: 0,
  has_children: 0,
  held: 0,
  planned: 0,
};

/** Why a job ended without doing its work: a code from the catalogue and a sentence. */
export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** A sweep as the API shows it. Timestamps are RFC 3339 in UTC, durations seconds. */
export interface SweepReport {
  readonly id: string;
  readonly policy: string;
  readonly policy_digest: string;
  readonly source: string;
  /** The scopes that its text selects in, or both texts of a preview that compares, globs too; null: all. */
  readonly scopes: readonly string[] | null;
  readonly mode: "observe" | "enforce";
  readonly status: SweepStatus;
  /** The minute that started it; null when a person did. */
  readonly tick: string | null;
  readonly cutoff: string | null;
  readonly guard: GuardStop | null;
  readonly plan_digest: string | null;
  readonly counts: SweepCounts;
  readonly dispositions: DispositionCounts;
  /** Removed sessions that were read back, and how many of them were seen again. */
  readonly verified: { readonly read: number; readonly seen_again: number };
  readonly error: JobError | null;
  readonly note: string | null;
  /** Null: a tick did. */
  readonly started_by: Who | null;
  /** Those who asked for it while it was under way, each key once. */
  readonly joined_by: readonly Who[];
  readonly approved_by: readonly Who[];
  /** The first who asked to; null where nobody did: it waited for too long, or what it is of has changed. */
  readonly cancelled_by: Who | null;
  readonly created_at: string;
  /** Since when its plan waits for a person; null while it does not. */
  readonly waits_since: string | null;
  readonly finished_at: string | null;
  readonly lag_seconds: {
    readonly median: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  /** Why the plan of this text waits for a person; `none`: it does not. */
  readonly approval: Approval;
  /** What the deployment asked of it when it began. */
  readonly floors: Floors;
  /** A preview removes nothing and keeps its plan to be read. */
  readonly trigger: "tick" | "request" | "preview";
  /** How long overdue the planned sessions were at the cutoff. */
  readonly histogram: OverdueHistogram;
  /** Until when the plan of a preview can be read; null while it runs, and for every other sweep. */
  readonly plan_until: string | null;
  /**
   * Of everything due, before the budget: what this text removes and the one compared with does not, and
   * the reverse. Null until it is counted, and where nothing was compared with.
   */
  readonly compared: { readonly added: number; readonly removed: number } | null;
  /** What was due, or may be, and is still there: beyond the budget, resting, held, refused, unread. Null: not known. */
  readonly backlog: number | null;
  /**
   * When the longest overdue of them, but for what is held, fell due; null when there is none, and while it
   * is not known. What is held is late by somebody's will.
   */
  readonly oldest_due_at: string | null;
  /** Sessions that fall due within 24 hours of `counted_at`, by their clocks; at least so many, if it says so. */
  readonly due_next_24h: { readonly count: number; readonly at_least: boolean } | null;
  /** When that, and `counts.undated`, were counted: with the sweep, or by index and then once an hour at most. */
  readonly counted_at: string | null;
  /** An estimate of how long the backlog takes at the pace of this sweep; null when it removed nothing. */
  readonly drain_seconds: number | null;
  /** Seconds that its time went into: calls under way, the source's pace, the policy's budget, faults. */
  readonly bound_by: Bound;
  /** The greatest of them: what bound its speed. Null while nothing was asked. */
  readonly speed: BoundBy | null;
  /** Agents that the credential may not list: nobody knows what is due there. */
  readonly unsearched: number;
  /** Sessions of which only the id can be read: they are kept. */
  readonly unreadable: Unreadable;
  /** Sessions that `match` selects: all, or so many that `counts.undated` is no large share; null: not counted. */
  readonly selected: number | null;
  /**
   * Sessions that may be due and whose activity was not read, because the budget was full without them. Not in
   * `counts.due`, and in `backlog`.
   */
  readonly unread: number;
}

/** Why a plan must not be carried out as it stands. */
export type GuardStop =
  | { readonly code: "brake_items"; readonly due: number; readonly limit: number }
  | {
      readonly code: "brake_percent";
      readonly due: number;
      readonly matched: number;
      readonly limit: number;
    }
  | { readonly code: "source_empty"; readonly held: number }
  | { readonly code: "too_many"; readonly found: number; readonly limit: number }
  | { readonly code: "half_of_source"; readonly found: number; readonly matched: number };

/** The keys that asked for a sweep: who started it, and who joined it. */
export function askersOf({
  started_by: started,
  joined_by: joined,
}: Pick<SweepReport, "started_by" | "joined_by">): string[] {
  return [...(started === null ? [] : [started]), ...joined].map(({ name }) => name);
}

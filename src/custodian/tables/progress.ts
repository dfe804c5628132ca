import type { DispositionCounts } from "../../core/count/disposition.ts";
import type { LagHistogram } from "../../core/count/lag.ts";
import { NONE_OVERDUE, type OverdueHistogram } from "../../core/count/overdue.ts";
import { UNBOUND, type BoundBy, type Bound } from "../../core/pace/bound.ts";
import { NO_COUNTS, type SweepReport, type SweepCounts } from "../../core/report/sweep.ts";
import type { GuardStop, JobError } from "../../core/report/job.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { NearMisses } from "../../core/session/near_miss.ts";
import { NONE_UNREADABLE, type Unreadable } from "../../core/session/unreadable.ts";
import {
  START_LINEAGE,
  START_WAITING,
  type WaitingProgress,
  type LineageProgress,
} from "./family/family.ts";
import { START_ORDERING, type Ordering } from "./ordering.ts";
import type { ErasurePhase, Phase } from "./phase.ts";
import type { Forecast } from "./forecasts.ts";
import { START_READING, type Reading } from "./reading.ts";

export function newProgress(lag: LagHistogram): ErasureProgress {
  return {
    phase: "queued",
    end_as: null,
    error: null,
    last_fault: null,
    fingerprint: null,
    cutoff: null,
    cursor: null,
    counting: false,
    whole: false,
    next_seq: 1,
    sorted: true,
    last_due_at: 0,
    max_due_at: 0,
    pending: 0,
    ordering: START_ORDERING,
    soon: 0,
    listed_all: false,
    forecast: null,
    interval_ms: null,
    removing_from: null,
    removing_to: null,
    first_due_at: null,
    oldest_left: null,
    counts: NO_COUNTS,
    matched: null,
    reading: START_READING,
    distinct: "",
    dispositions: {},
    lag,
    guard: null,
    digest_seq: 0,
    plan_digest: null,
    histogram: NONE_OVERDUE,
    compared: null,
    compared_after: null,
    compared_newest: { text: "own", person: "" },
    plan_until: null,
    verified: { read: 0, seen_again: 0 },
    verify_seq: 0,
    pass: 0,
    verified_at: [],
    verify_part: "ids",
    settle_at: 0,
    remembered_seq: 0,
    empty_since: null,
    seen_again: 0,
    conflict: null,
    ids_found: [],
    unsearched: 0,
    unreadable: NONE_UNREADABLE,
    near_misses: null,
    approved_by: null,
    found: 0,
    lineage: START_LINEAGE,
    waiting_for_children: START_WAITING,
    unattributable: 0,
    bound: UNBOUND,
    waiting: null,
    judged: 0,
    finished_at: null,
  };
}

/** How a job ends is decided: nothing that is wanted of it changes that. */
export function isEnding({ phase }: Progress): boolean {
  return phase === "ending" || phase === "remembering" || phase === "clearing" || phase === "ended";
}

/** An erasure never comes to the phases that are a sweep's alone. */
export interface ErasureProgress extends Progress {
  phase: ErasurePhase;
}

/** Everything of a job that changes while it runs; saved in the same turn as the rows it speaks of. */
export interface Progress {
  phase: Phase;
  /** The final status, once it is decided; kept while `ending`. */
  end_as: string | null;
  error: JobError | null;
  /** What the source last said instead of an answer; no identifiers. */
  last_fault: string | null;
  /** Provider, endpoint, credential and account of the plan; a plan made under another is void. */
  fingerprint: string | null;
  cutoff: number | null;
  cursor: string | null;
  /** Set once the rows wanted are there: the rest is only counted. */
  counting: boolean;
  /** Erasures: the whole source is read, because its size is needed. */
  whole: boolean;
  next_seq: number;
  /** Rows arrived with the longest overdue first. */
  sorted: boolean;
  last_due_at: number;
  /** The least overdue of the rows that wait for their order, and how many these are. */
  max_due_at: number;
  pending: number;
  ordering: Ordering;
  /** Sessions that a list of everything showed to fall due within a day. */
  soon: number;
  /** The selection has read every session, and not just what is due. */
  listed_all: boolean;
  forecast: Forecast | null;
  /** Since the last sweep under this text; null when there was none. */
  interval_ms: number | null;
  /** When removals began, and when they ended. */
  removing_from: number | null;
  removing_to: number | null;
  /** The due time of the first of the plan, and the earliest of what was due, is left and is not held. */
  first_due_at: number | null;
  oldest_left: number | null;
  counts: SweepCounts;
  /** Sessions that the policy's `match` selects, or that the source holds; null until it is known. */
  matched: number | null;
  reading: Reading;
  /** Which of them a list has shown: the state of a count of different ones; "": nobody counts them. */
  distinct: string;
  dispositions: DispositionCounts;
  lag: LagHistogram;
  guard: GuardStop | null;
  digest_seq: number;
  plan_digest: string | null;
  histogram: OverdueHistogram;
  /** How two texts differ, and how far that has been counted. */
  compared: SweepReport["compared"];
  compared_after: SessionRef | null;
  /** Up to whom each person's newest have been noted, under which of the two texts. */
  compared_newest: { readonly text: "own" | "other"; readonly person: string };
  /** Until when the plan of a preview that has ended is kept. */
  plan_until: number | null;
  verified: SweepReport["verified"];
  verify_seq: number;
  /** Erasures: passes of verification so far, when each ended, and when the next may begin. */
  pass: number;
  verified_at: readonly string[];
  verify_part: "ids" | "selector" | "kin";
  settle_at: number;
  /** How far what went has been written down. */
  remembered_seq: number;
  /** Erasures: since when the source is waited for, because it lists nothing and held many; null: it is not. */
  empty_since: number | null;
  /** Sessions of any person that the read-back under way has listed. */
  seen_again: number;
  conflict: string | null;
  /** Which identifiers, by their place, are ids of sessions that the plan found here. */
  ids_found: readonly number[];
  unsearched: number;
  unreadable: Unreadable;
  approved_by: string | null;
  found: number;
  /** After a list of everything: how far it has been kept whose the nameless sessions are. */
  lineage: LineageProgress;
  /** Sweeps: how far what waits for sessions that it has made has been left. */
  waiting_for_children: WaitingProgress;
  /** Erasures: what the newest list shows that only looks like what was asked for; null: it did not look. */
  near_misses: NearMisses | null;
  /** Erasures: sessions that name nobody and of whose ancestors nobody knows. */
  unattributable: number;
  /** What its time went into so far. */
  bound: Bound;
  /** What it waits for between two steps, from when until when at most. */
  waiting: { readonly by: BoundBy; readonly since: number; readonly until?: number } | null;
  /** The version of the restraints that every planned row has been held against, as it was read. */
  judged: number;
  finished_at: number | null;
}

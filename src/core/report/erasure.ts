import type { DispositionCounts } from "../count/disposition.ts";
import type { NearMisses } from "../session/near_miss.ts";
import type { Unreadable } from "../session/unreadable.ts";
import type { GuardStop, JobError } from "./sweep.ts";
import type { Who } from "./who.ts";

/** What an erasure found and did in one source. */
export interface ErasureSourceReport {
  readonly status:
    | "queued"
    | "selecting"
    | "planned"
    | "removing"
    | "verifying"
    | "done"
    | "no_match"
    | "not_searched"
    | "stalled"
    | "failed";
  readonly found: number;
  /** Sessions that name nobody, and whose parent was gone before it was ever seen: nobody knows whose they are. */
  readonly unattributable: number;
  readonly dispositions: DispositionCounts;
  readonly verified_at: readonly string[];
  readonly guard: GuardStop | null;
  readonly error: JobError | null;
  /** Sessions of which only the id can be read: any may be the person's, so the erasure is `partial`. */
  readonly unreadable: Unreadable;
  /** Sessions that were left, whose value only looks like one that was asked for; null: nobody looked. */
  readonly near_misses: NearMisses | null;
  /** What this provider keeps that no call of its API removes. */
  readonly not_erased: readonly string[];
}

/** Where alone an erasure looks; null: everywhere. */
export interface ErasureLimits {
  readonly sources: readonly string[] | null;
  readonly scopes: readonly string[] | null;
}

/** An erasure as the API shows it. It never repeats the identifiers. */
export interface ErasureReport {
  readonly id: string;
  readonly status: ErasureStatus;
  readonly status_url: string;
  readonly regulation: "gdpr" | "ccpa" | "other" | null;
  readonly requested_at: string;
  readonly reference: string | null;
  readonly identifier_types: readonly string[];
  /** The sources and scopes that it was asked for; null: all there are. */
  readonly limited_to: ErasureLimits;
  readonly plan_digest: string | null;
  readonly sources: Readonly<Record<string, ErasureSourceReport>>;
  /** What was seen, and no more; null until it has ended. */
  readonly statement: string | null;
  readonly error: JobError | null;
  readonly started_by: Who;
  /** More than one where the plan of a source that answered late had to be approved, too. */
  readonly approved_by: readonly Who[];
  readonly cancelled_by: Who | null;
  readonly created_at: string;
  /** Null while it goes on: it may be `partial` then, while a source that has stalled is tried again. */
  readonly finished_at: string | null;
}

export const ERASURE_STATUSES = [
  "queued",
  "selecting",
  "planned",
  "removing",
  "verifying",
  "completed",
  "partial",
  "no_match",
  "conflict",
  "needs_approval",
  "stalled",
  "cancelled",
  "failed",
] as const;
export type ErasureStatus = (typeof ERASURE_STATUSES)[number];

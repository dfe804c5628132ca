import type { ActivityKind } from "../core/report/activity.ts";
import type { ErasureStatus } from "../core/report/erasure.ts";
import type { SweepReport } from "../core/report/sweep.ts";

// What lists are asked for. What is absent of a filter does not matter.

/** By when what is listed began: epoch milliseconds, `until` not included. */
export interface Span {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** Which sweeps are asked for. */
export interface SweepFilter extends Span {
  readonly policy?: string | undefined;
  readonly source?: string | undefined;
  /** One of these. */
  readonly status?: readonly SweepReport["status"][] | undefined;
  readonly trigger?: SweepReport["trigger"] | undefined;
  /** Those alone that removed something. */
  readonly removed?: true | undefined;
}

/** Which erasures are asked for. */
export interface ErasureFilter extends Span {
  readonly status?: readonly ErasureStatus[] | undefined;
  /** Those alone that have not ended; `late`: and are past their due date. */
  readonly open?: true | undefined;
  readonly late?: true | undefined;
  readonly reference?: string | undefined;
}

/** Which holds are asked for. */
export interface HoldFilter {
  readonly reference?: string | undefined;
  /** Those alone that are in force and whose review date has passed. */
  readonly review_due?: true | undefined;
}

/** Which activity is asked for. */
export interface ActivityFilter extends Span {
  readonly actor?: string | undefined;
  /** One of these. */
  readonly kind?: readonly ActivityKind[] | undefined;
  /** The id or the name of what it was done to. */
  readonly object?: string | undefined;
}

import type { Disposition } from "../../core/count/disposition.ts";
import type { Floors } from "../../core/policy/floors.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Source } from "../../sources/source.ts";
import type { Facts } from "../tables/facts.ts";
import type { WorkRestraints } from "../holds/restraints.ts";
import type { Job } from "../tables/jobs.ts";
import type { Keyed } from "../tables/keyed.ts";
import type { Meter } from "../pace/meter.ts";
import type { Repeats } from "../tables/plan/repeats.ts";
import type { Rows } from "../tables/rows.ts";
import type { RowsOf } from "../tables/schema.ts";
import type { Budget } from "../pace/source_pace.ts";

/** Everything a step may touch. One slice, one source. */
export interface Work extends Rows, Keyed {
  readonly source: Source;
  readonly source_name: string;
  /** Its name, and those of all sources that reach the same account. */
  readonly names: ReadonlySet<string>;
  /** Keyed hash of what the source reaches and whom it names: a plan made under another is void. */
  readonly fingerprint: string;
  readonly runtime: Runtime;
  readonly meter: Meter;
  readonly facts: Facts;
  readonly repeats: Repeats;
  /** Holds and the switch, asked again in the turn of every intent. */
  readonly restraints: WorkRestraints;
  /** What the deployment asks now of every policy of this source. */
  readonly floors: Floors;
  readonly settle_seconds: number;
  readonly shared_children: boolean;
  /** Drops rows that name sessions of a job, some at a time; true when there may be more. */
  readonly dropRows: (job: number, what?: RowsOf) => boolean;
  /** Lets a job that waits go on at once. */
  readonly wake: (id: string) => void;
  /** A change of rows, and the job as it is after it, or neither; synchronous. */
  readonly commit: (job: Job, change: () => void) => void;
  /** All changes or none; synchronous. */
  readonly atomically: (change: () => void) => void;
}

/** Ends of a session with which what would have gone with it stays too. */
export const STAYS: ReadonlySet<Disposition> = new Set(["renewed", "held"]);

/** How long one step may begin calls, and for how many rows: less where others wait for their turn, or soon will. */
export const ALONE = { ms: 5000, rows: 1000 };
export const IN_COMPANY = { ms: 500, rows: 100 };

/** The budget of a policy, a bucket of its own; a preview's is another one. Null leaves the pace to the source. */
export function budgetOf(job: Job): Budget | null {
  if (job.kind !== "sweep" || job.order.policy.budget.per_second === undefined) {
    return null;
  }
  const { preview, policy_id: policy } = job.order;
  const { per_second: perSecond } = job.order.policy.budget;
  const name = preview === true ? `preview ${job.id}` : `policy ${policy}`;
  return { name, per_second: perSecond };
}

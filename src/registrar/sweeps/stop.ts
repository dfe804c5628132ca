import { floorsOf } from "../../config/floors.ts";
import { sameFloors } from "../../core/policy/floors.ts";
import { WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { Records } from "../records.ts";
import { currentVersionOf, type CurrentVersion } from "../policies/current.ts";
import type { Actor, PolicyVersion, PolicyWrite, PolicyWritten } from "../../contract/registrar.ts";
import { writePolicy } from "../policies/write.ts";
import { expectTick } from "./watch_ticks.ts";

/** A sweep that nobody approves is cancelled before a day is over, so that a daily schedule plans anew each day. */
const WAITS_MS = 23.5 * 3_600_000;

/** One that waits because its source looks empty goes before an hour is over: an hourly schedule looks again. */
const EMPTY_WAITS_MS = 50 * 60_000;

/** One that was approved and waits still: its source was restored to a time before, and nobody can approve it again. */
const FORGOTTEN_MS = 2 * WAITS_MS;

/** Stops what runs of a policy under a version that does not count any more, or has waited too long. */
export function stopUnwanted(records: Records, policy: string, current: CurrentVersion): void {
  const now = records.runtime.now();
  for (const sweep of records.sweeps.active(policy)) {
    const waits = WAITING_SWEEPS.has(sweep.status) && sweep.approved_by.length === 0;
    const patience = patienceFor(sweep);
    // A time to come was written by a clock that ran ahead.
    const waited = Math.abs(now - Date.parse(sweep.waits_since ?? sweep.created_at));
    const expired = WAITING_SWEEPS.has(sweep.status) && waited > patience;
    const end = endOf(records, sweep, current);
    if (expired || end !== null) {
      const as = waits || expired ? "cancelled" : (end ?? "stopped");
      records.commands.stop(sweep.source, sweep.id, as);
    }
  }
}

function patienceFor({ approved_by: approved, guard }: SweepReport): number {
  if (approved.length > 0) {
    return FORGOTTEN_MS;
  }
  return guard?.code === "source_empty" ? EMPTY_WAITS_MS : WAITS_MS;
}

/** How a sweep that runs is to end; null: it goes on. */
function endOf(
  records: Records,
  sweep: SweepReport,
  current: CurrentVersion,
): "stopped" | "superseded" | null {
  if (current.kind === "gone") {
    return "stopped";
  }
  const { digest, document } = current.version;
  if (document === null || document.mode === "off") {
    return "stopped";
  }
  return digest === sweep.policy_digest && hasFloors(records, sweep) ? null : "superseded";
}

/** Whether the deployment still asks what it asked when a sweep began. */
function hasFloors({ config }: Records, { source, floors }: SweepReport): boolean {
  return sameFloors(floors, floorsOf(config, source));
}

/** Whether the plan of a sweep is one that may still be approved: its version and its floors are the present ones. */
export function isCurrent(records: Records, sweep: SweepReport): boolean {
  return (
    records.versions.newest(sweep.policy)?.digest === sweep.policy_digest &&
    hasFloors(records, sweep)
  );
}

/** What a person starts a sweep of: the version that was read from KV, if it may run. */
export function mayRun(records: Records, shown: PolicyVersion, now: number): boolean {
  const current = currentVersionOf(records, shown.id, shown, now);
  stopUnwanted(records, shown.id, current);
  return current.kind === "current";
}

/** Takes a write of a policy, in one decision with what it stops: what runs under another version. */
export function writeAndStop(records: Records, write: PolicyWrite, actor: Actor): PolicyWritten {
  const answer = writePolicy(records, write, actor);
  if (answer.kind === "written") {
    const now = records.runtime.now();
    stopUnwanted(records, write.id, currentVersionOf(records, write.id, write.version, now));
    expectTick(records, now);
  }
  return answer;
}

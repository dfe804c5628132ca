import { WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { StopReason } from "../../core/report/stop_reason.ts";
import type { StopAs } from "../../contract/custodian.ts";
import type { Records } from "../records.ts";
import { currentVersionOf, type CurrentVersion } from "../policies/current.ts";
import type { Actor, PolicyVersion, PolicyWrite, PolicyWritten } from "../../contract/registrar.ts";
import { writePolicy } from "../policies/write.ts";
import { hasFloors, noteReason } from "./stop_reason.ts";
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
    const reason = reasonOf(records, sweep, current) ?? (expired ? expiryOf(sweep) : null);
    if (reason !== null) {
      const as = waits || expired ? "cancelled" : ENDS[reason];
      records.commands.stop(sweep.source, sweep.id, as);
      noteReason(records, sweep, reason);
    }
  }
}

/** How a sweep ends that nobody was asked about. */
const ENDS: Readonly<Record<StopReason, StopAs>> = {
  waited_too_long: "cancelled",
  approval_lost: "cancelled",
  policy_gone: "stopped",
  policy_off: "stopped",
  policy_changed: "superseded",
  floors_changed: "superseded",
  restored: "stopped",
};

function expiryOf({ approved_by: approved }: SweepReport): StopReason {
  return approved.length > 0 ? "approval_lost" : "waited_too_long";
}

function patienceFor({ approved_by: approved, guard }: SweepReport): number {
  if (approved.length > 0) {
    return FORGOTTEN_MS;
  }
  return guard?.code === "source_empty" ? EMPTY_WAITS_MS : WAITS_MS;
}

/** Why a sweep that runs is to end; null: it goes on. */
function reasonOf(
  records: Records,
  sweep: SweepReport,
  current: CurrentVersion,
): StopReason | null {
  const document = current.kind === "gone" ? null : current.version.document;
  if (current.kind === "gone" || document === null) {
    return "policy_gone";
  }
  if (document.mode === "off") {
    return "policy_off";
  }
  if (current.version.digest !== sweep.policy_digest) {
    return "policy_changed";
  }
  return hasFloors(records, sweep) ? null : "floors_changed";
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

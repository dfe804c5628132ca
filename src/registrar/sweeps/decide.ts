import { ENDED_SWEEPS, WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import { whoAt } from "../../core/report/who.ts";
import type { Records } from "../records.ts";
import type { Actor, CancelAnswer, DecisionAnswer } from "../../contract/registrar.ts";
import { noteActivity } from "../signals/activity.ts";
import { hasPartIn } from "../policies/approval.ts";
import { findSweep } from "./fold.ts";
import { isCurrent } from "./stop.ts";

/** Takes the approval of a sweep that waits: it cites the plan, and comes from another key where two are asked for. */
export function approveSweep(
  records: Records,
  id: string,
  planDigest: string,
  actor: Actor,
): DecisionAnswer<SweepReport> {
  const sweep = findSweep(records, id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  const isOver = sweep.approved_by.length > 0 || sweep.cancelled_by !== null;
  if (!WAITING_SWEEPS.has(sweep.status) || isOver) {
    return { kind: "wrong_status", status: sweep.status };
  }
  // A plan under another version or other floors is void: the next tick ends it and plans anew.
  if (sweep.plan_digest !== planDigest || !isCurrent(records, sweep)) {
    return { kind: "wrong_digest" };
  }
  if (records.config.four_eyes && hasPartIn(records, sweep, actor)) {
    return { kind: "same_key" };
  }
  const who = whoAt(actor, records.runtime.now());
  const report: SweepReport = { ...sweep, approved_by: [who] };
  records.sweeps.save(report);
  noteActivity(records, "sweep.approved", id, actor);
  records.commands.put(sweep.source, { do: "proceed", id });
  return { kind: "done", report };
}

/** Takes a cancellation, and whose it is; who asks again later changes nothing. */
export function cancelSweep(records: Records, id: string, actor: Actor): CancelAnswer<SweepReport> {
  const sweep = findSweep(records, id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  if (ENDED_SWEEPS.has(sweep.status)) {
    return { kind: "wrong_status", status: sweep.status };
  }
  if (sweep.cancelled_by === null) {
    noteActivity(records, "sweep.cancelled", id, actor);
  }
  const who = sweep.cancelled_by ?? whoAt(actor, records.runtime.now());
  const report: SweepReport = { ...sweep, cancelled_by: who };
  records.sweeps.save(report);
  records.commands.stop(sweep.source, id, "cancelled");
  return { kind: "done", report };
}

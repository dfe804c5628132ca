import { setDigest } from "../../core/values/set_digest.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import { whoAt } from "../../core/report/who.ts";
import type { Records } from "../records.ts";
import type {
  Actor,
  CancelAnswer,
  DecisionAnswer,
  Refusal,
  SetAnswer,
} from "../../contract/registrar.ts";
import type { StoredErasure } from "../tables/erasures.ts";
import { noteActivity } from "../signals/activity.ts";
import { mustShow } from "./report.ts";
import { advance, stopParts } from "./combine_parts.ts";

/** Takes the approval of an erasure that waits for one. */
export function approveErasure(
  records: Records,
  id: string,
  planDigest: string,
  actor: Actor,
): DecisionAnswer<ErasureReport> {
  const stored = records.erasures.get(id);
  const refusal = refusalOf(records, stored, actor, stored?.head.plan_digest === planDigest);
  if (refusal !== null || stored === null) {
    return refusal ?? { kind: "not_found" };
  }
  return { kind: "done", report: approve(records, stored, actor) };
}

/** Takes one approval of a set of erasures that wait: all of them go on, or none does. */
export function approveErasures(
  records: Records,
  ids: readonly string[],
  digest: string,
  actor: Actor,
): SetAnswer {
  const set: StoredErasure[] = [];
  for (const id of ids) {
    const stored = records.erasures.get(id);
    const refusal = refusalOf(records, stored, actor, true);
    if (refusal !== null || stored === null) {
      return { ...(refusal ?? { kind: "not_found" }), id };
    }
    set.push(stored);
  }
  if (setDigest(set.map(({ head }) => head)) !== digest) {
    return { kind: "wrong_digest", id: null };
  }
  return { kind: "done", reports: set.map((stored) => approve(records, stored, actor)) };
}

/** Why an erasure may not be approved by this key; null: it may. */
function refusalOf(
  { config }: Records,
  stored: StoredErasure | null,
  actor: Actor,
  isSamePlan: boolean,
): Refusal | null {
  if (stored === null) {
    return { kind: "not_found" };
  }
  if (stored.head.status !== "needs_approval") {
    return { kind: "wrong_status", status: stored.head.status };
  }
  if (!isSamePlan) {
    return { kind: "wrong_digest" };
  }
  return config.four_eyes && stored.head.started_by.name === actor ? { kind: "same_key" } : null;
}

function approve(records: Records, { head, state }: StoredErasure, actor: Actor): ErasureReport {
  const approvedBy = [...head.approved_by, whoAt(actor, records.runtime.now())];
  records.erasures.save({ ...head, approved_by: approvedBy }, { ...state, approved: true });
  noteActivity(records, "erasure.approved", head.id, actor);
  advance(records, head.id);
  return mustShow(records, head.id);
}

/** Cancels an erasure: what has been removed stays removed, the rest is `untouched`. */
export function cancelErasure(
  records: Records,
  id: string,
  actor: Actor,
): CancelAnswer<ErasureReport> {
  const stored = records.erasures.get(id);
  if (stored === null) {
    return { kind: "not_found" };
  }
  const { head, state } = stored;
  if (head.finished_at !== null || state.stopping !== null) {
    return { kind: "wrong_status", status: head.status };
  }
  const who = whoAt(actor, records.runtime.now());
  records.erasures.save({ ...head, cancelled_by: who }, { ...state, stopping: "cancelled" });
  noteActivity(records, "erasure.cancelled", id, actor);
  stopParts(records, id);
  advance(records, id);
  return { kind: "done", report: mustShow(records, id) };
}

import {
  conflictError,
  decideErasure,
  ENDED_PARTS,
  statementOf,
  type ErasureDecision,
  type ErasurePart,
  type ErasureState,
} from "../../core/rule/erasure.ts";
import { setDigest } from "../../core/values/set_digest.ts";
import { sha256 } from "../../core/values/hash.ts";
import type { ErasureReport, ErasureStatus } from "../../core/report/erasure.ts";
import { whoAt } from "../../core/report/who.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import type {
  Actor,
  CancelAnswer,
  DecisionAnswer,
  Refusal,
  SetAnswer,
} from "../../contract/registrar.ts";
import { letGo } from "./proceed.ts";
import { takeBack } from "./untaken_orders.ts";
import type { ErasureHead, StoredErasure } from "../tables/erasures.ts";
import { erasureMoved } from "../signals/job_moved.ts";
import { mustShow } from "./report.ts";

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
  stopParts(records, id);
  advance(records, id);
  return { kind: "done", report: mustShow(records, id) };
}

/** Goes on with an erasure as far as its parts allow, and tells what came of it. */
export function advance(records: Records, id: string): void {
  const stored = records.erasures.get(id);
  if (stored === null || stored.head.finished_at !== null) {
    return;
  }
  decide(records, stored);
  erasureMoved(records, stored.head, mustShow(records, id));
}

function decide(records: Records, stored: StoredErasure): void {
  const { head, state } = stored;
  const { id } = head;
  const parts = records.erasures.parts(id);
  const decision = decideErasure(
    parts,
    state,
    records.config.erasure_max_sessions,
    records.runtime.now(),
  );
  switch (decision.kind) {
    case "wait":
      records.erasures.save({ ...head, status: decision.status }, state);
      return;
    case "ask":
      records.erasures.save(
        {
          ...head,
          status: "needs_approval",
          plan_digest: digestOf(parts),
          error: whyAsked(decision, state),
        },
        state,
      );
      return;
    case "leave": {
      const without = [...state.without, ...decision.sources];
      const left = { ...stored, state: { ...state, without } };
      records.erasures.save(head, left.state);
      decide(records, left);
      return;
    }
    case "proceed": {
      const allowed = { ...state.allowed, ...letGo(records, stored, parts) };
      const without = state.without.filter((source) => !Object.hasOwn(allowed, source));
      records.erasures.save(
        { ...head, status: "removing", plan_digest: digestOf(parts), error: null },
        {
          ...state,
          proceeded: true,
          allowed,
          without,
          // An approval is of the plans that there are: one that comes late is judged anew.
          approved: state.approved && without.length === 0,
        },
      );
      return;
    }
    case "stop": {
      const stopping = {
        ...stored,
        head: { ...head, error: conflictError(decision.why, state.proceeded) },
        state: { ...state, stopping: decision.as },
      };
      records.erasures.save(stopping.head, stopping.state);
      stopParts(records, id);
      decide(records, stopping);
      return;
    }
    case "end": {
      const error =
        decision.why === undefined ? head.error : conflictError(decision.why, state.proceeded);
      end(records, { ...stored, head: { ...head, error } }, parts, decision.status);
    }
  }
}

function end(
  records: Records,
  { head, state }: StoredErasure,
  parts: readonly ErasurePart[],
  status: ErasureStatus,
): void {
  records.erasures.save(
    {
      ...head,
      status,
      statement: statementOf(status, parts, head.limited_to),
      error: status === "conflict" ? head.error : null,
      finished_at: formatTimestamp(records.runtime.now()),
    },
    state,
  );
}

function stopParts(records: Records, id: string): void {
  for (const part of records.erasures.parts(id)) {
    if (!ENDED_PARTS.has(part.report.status)) {
      takeBack(records, id, part);
      records.commands.stop(part.source, id, "cancelled");
    }
  }
}

function whyAsked(
  { guard, why }: Extract<ErasureDecision, { kind: "ask" }>,
  state: ErasureState,
): ErasureHead["error"] {
  if (why !== undefined) {
    const message =
      "a read-back has found a second session of an id, or one that contradicts the request: nobody can say which is meant";
    return { code: "needs_approval", message };
  }
  return guard === null && state.must_ask
    ? {
        code: "webhook_limit",
        message: "its webhook has asked for more erasures in an hour than max_per_hour",
      }
    : {
        code: guard?.code ?? "needs_approval",
        message: "it matches more sessions than may go without approval",
      };
}

function digestOf(parts: readonly ErasurePart[]): string {
  return sha256(
    parts.map(({ source, plan_digest }) => `${source}\n${plan_digest ?? ""}`).join("\n"),
  );
}

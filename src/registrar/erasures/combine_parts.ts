import type { ErasureStatus } from "../../core/report/erasure.ts";
import {
  decideErasure,
  conflictError,
  type ErasurePart,
  ENDED_PARTS,
  type ErasureDecision,
  type ErasureState,
} from "../../core/rule/erasure.ts";
import { statementOf } from "../../core/rule/erasure_statement.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import { erasureMoved } from "../signals/job_moved.ts";
import {
  removes,
  type ErasureHead,
  type RemovingErasure,
  type StoredErasure,
} from "../tables/erasures.ts";
import { lookOn } from "./dry_run.ts";
import { letGo } from "./proceed.ts";
import { digestOf, mustShow } from "./report.ts";
import { takeBack } from "./untaken_orders.ts";

/** Goes on with an erasure as far as its parts allow, and tells what came of it. */
export function advance(records: Records, id: string): void {
  const stored = records.erasures.get(id);
  if (stored === null || stored.head.finished_at !== null) {
    return;
  }
  if (removes(stored)) {
    decide(records, stored);
  } else {
    lookOn(records, stored);
  }
  noteWaiting(records, id);
  erasureMoved(records, stored.head, mustShow(records, id));
}

/** Since when it waits for a person: kept while it does, whatever its parts tell meanwhile. */
function noteWaiting({ erasures, runtime }: Records, id: string): void {
  const stored = erasures.get(id);
  if (stored === null) {
    return;
  }
  const { head, state } = stored;
  const waits = head.status === "needs_approval";
  if (waits !== (head.waits_since !== null)) {
    erasures.save({ ...head, waits_since: waits ? formatTimestamp(runtime.now()) : null }, state);
  }
}

function decide(records: Records, stored: RemovingErasure): void {
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

export function stopParts(records: Records, id: string): void {
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

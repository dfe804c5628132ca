import { err, ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { isJsonObject } from "../answer.ts";
import { invalid, type Fault } from "../fault.ts";
import type { Answer, Miss } from "../http.ts";
import type { CallRemoval } from "../source.ts";
import { readSession } from "./schema.ts";

/** Statuses by which Seam says no to one session for good, as opposed to the whole source. */
const REFUSALS: ReadonlySet<number> = new Set([400, 409, 422]);

/**
 * What an answer to `/client_sessions/get` says of the session that was asked for, in its workspace or (null) in
 * whichever the key sees; null: it is gone.
 */
export function readOutcome(
  outcome: Result<Answer, Miss>,
  ref: Pick<SessionRef, "id"> & { readonly scope: string | null },
): Result<Session | null, Fault> {
  if (!outcome.ok) {
    return err(outcome.error.fault);
  }
  const answer = outcome.value;
  if (isGone(answer)) {
    return ok(null);
  }
  const fault = answer.fault ?? answer.broken;
  if (fault !== null) {
    return err(fault);
  }
  if (!isDone(answer)) {
    return err(invalid(`answered ${answer.status} without an object, or with "ok": false`));
  }
  const session = readSession(answer.json["client_session"]);
  const found = session.ok ? session.value : session.error.ref;
  if (
    found !== null &&
    (found.id !== ref.id || ![ref.scope ?? found.scope, ""].includes(found.scope))
  ) {
    return err(invalid("answered with another session or workspace than was asked for"));
  }
  if (session.ok) {
    return session;
  }
  const { detail } = session.error;
  return err(found === null ? invalid(detail) : { kind: "unreadable", detail });
}

/**
 * What an answer to `/client_sessions/delete` says became of the session. Only Seam's own form is
 * `deleted`; whatever may have happened unseen is `unknown`, for a read to resolve.
 */
export function removalOutcome(outcome: Result<Answer, Miss>): CallRemoval {
  if (!outcome.ok) {
    const { fault, sent } = outcome.error;
    return { kind: sent ? "unknown" : "failed", fault };
  }
  const answer = outcome.value;
  if (answer.fault === null) {
    return answer.broken === null && isDone(answer)
      ? { kind: "deleted" }
      : {
          kind: "unknown",
          fault: answer.broken ?? invalid(`answered ${answer.status} in no known form`),
        };
  }
  if (isGone(answer)) {
    return { kind: "absent" };
  }
  if (answer.status >= 500 || answer.status === 408) {
    return { kind: "unknown", fault: answer.fault };
  }
  return { kind: REFUSALS.has(answer.status) ? "refused" : "failed", fault: answer.fault };
}

/** The type alone is not enough: the same one comes with 401 when a session token is not known. */
function isGone({ status, json }: Answer): boolean {
  const error = status === 404 && isJsonObject(json) ? json["error"] : undefined;
  return isJsonObject(error) && error["type"] === "client_session_not_found";
}

function isDone(
  answer: Answer,
): answer is Answer & { readonly json: Readonly<Record<string, unknown>> } {
  return isJsonObject(answer.json) && answer.json["ok"] !== false;
}

import type * as z from "zod";
import { err, never, ok } from "../../core/values/result.ts";
import { retryAfterPause } from "../../core/hold/switch.ts";
import { findClientSession, revokeClientSession } from "../tables/client_sessions.ts";
import { SESSION_NOT_FOUND } from "./answer.ts";
import type { Call, Outcome } from "./call.ts";
import type { OneSessionInput } from "./parameters.ts";

// The two ways to end a session: revoke leaves its record, delete does not.

type Input = z.output<typeof OneSessionInput>;

/** Ends the use of the token; the session stays and can still be read with a key. */
export async function revokeSession({ caller, deps, input }: Call<Input>): Promise<Outcome> {
  const session = await findClientSession(deps.store, caller.workspaces, input.client_session_id);
  const revoked =
    session !== null &&
    (await revokeClientSession(
      deps.store,
      { scope: session.workspace_id, id: session.client_session_id },
      deps.now(),
    ));
  return revoked ? ok({ ok: true }) : err(SESSION_NOT_FOUND);
}

/** Removes a session, through the same code as every other removal. */
export async function deleteSession({ caller, deps, input }: Call<Input>): Promise<Outcome> {
  const session = await findClientSession(deps.store, caller.workspaces, input.client_session_id);
  if (session === null) {
    return err(SESSION_NOT_FOUND);
  }
  const removal = await deps.removeSession({
    scope: session.workspace_id,
    id: session.client_session_id,
  });
  switch (removal.kind) {
    case "deleted":
      return ok({});
    case "absent":
      return err(SESSION_NOT_FOUND);
    case "held":
      return err({
        status: 409,
        type: "client_session_held",
        message: `A hold keeps the client session${removal.public_reason === null ? "" : `: ${removal.public_reason}`}`,
      });
    case "paused":
      return err({
        status: 503,
        type: "service_unavailable",
        message: "Removals are paused: nothing was deleted",
        headers: { "retry-after": retryAfterPause(removal.until, deps.now()) },
      });
    case "unavailable":
      return err({
        status: 503,
        type: "service_unavailable",
        message: "It is not known whether the session was deleted: try again",
        headers: { "retry-after": "5" },
      });
    default:
      return never(removal);
  }
}

import { err, ok, type Result } from "../../core/values/result.ts";
import {
  CLIENT_SESSION_MAX_BYTES,
  recordColumns,
  type ClientSessionRecord,
} from "../tables/client_session_record.ts";
import {
  findClientSession,
  updateClientSession,
  type StoredClientSession,
} from "../tables/client_sessions.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";
import { SESSION_NOT_FOUND, type SeamProblem } from "./answer.ts";
import type { StoreDeps } from "../deps.ts";

/** How often a record that others write at the same time is read again. */
const ATTEMPTS = 5;

/**
 * Rewrites the record of a session: compared by version and tried again when another write came
 * between, so that no write is lost. Answers the session as it then is.
 */
export async function changeSession(
  found: StoredClientSession,
  deps: Pick<StoreDeps, "store">,
  rewrite: (record: ClientSessionRecord) => ClientSessionRecord,
): Promise<Result<StoredClientSession, SeamProblem>> {
  const { workspace_id: scope, client_session_id: id } = found;
  let session: StoredClientSession | null = found;
  for (let attempt = 0; attempt < ATTEMPTS && session !== null; attempt++) {
    const record = rewrite(mustRead(session.record));
    const columns = recordColumns(record);
    if (new TextEncoder().encode(columns.record).length > CLIENT_SESSION_MAX_BYTES) {
      return err({
        status: 400,
        type: "invalid_input",
        message: `The session would be larger than ${CLIENT_SESSION_MAX_BYTES} bytes`,
      });
    }
    if (await updateClientSession(deps.store, { scope, id }, session.version, columns)) {
      return ok({ ...session, record, version: session.version + 1 });
    }
    session = await findClientSession(deps.store, [scope], id);
  }
  if (session === null) {
    return err(SESSION_NOT_FOUND);
  }
  return err({
    status: 503,
    type: "service_unavailable",
    message: "The session is being changed by others: try again",
    headers: { "retry-after": "1" },
  });
}

import type * as z from "zod";
import { err, ok } from "../../core/values/result.ts";
import type { ClientSessionRecord } from "../tables/client_session_record.ts";
import { SESSION_NOT_FOUND } from "./answer.ts";
import type { Call, Outcome } from "./call.ts";
import { changeSession } from "./change.ts";
import { findSession } from "./get.ts";
import { identityOf, type GrantAccessInput } from "./parameters.ts";
import { toWire } from "./wire.ts";

type Input = z.output<typeof GrantAccessInput>;

/**
 * Adds connect webviews, connected accounts, a user identity or a user to a session: the one of
 * `client_session_id`, or else the newest of `user_identifier_key`.
 */
export async function grantAccess(call: Call<Input>): Promise<Outcome> {
  const { caller, deps, input } = call;
  const session = await findSession(deps.store, caller.workspaces, input);
  if (session === null) {
    return err(SESSION_NOT_FOUND);
  }
  const changed = await changeSession(session, deps, (record) => grant(record, input));
  return changed.ok
    ? ok({ client_session: toWire(changed.value, deps.keyring), ok: true })
    : changed;
}

function grant(record: ClientSessionRecord, input: Input): ClientSessionRecord {
  const identity = identityOf(input);
  const changes: Record<string, unknown> = {};
  for (const field of ["connect_webview_ids", "connected_account_ids"] as const) {
    if (input[field] !== undefined) {
      const had: unknown = record[field];
      changes[field] = [...new Set([...(Array.isArray(had) ? had : []), ...input[field]])];
    }
  }
  if (identity !== undefined) {
    changes["user_identity_id"] = identity;
    changes["user_identity_ids"] = [identity];
  }
  if (input.user_identifier_key !== undefined) {
    changes["user_identifier_key"] = input.user_identifier_key;
  }
  return { ...record, ...changes };
}

import type * as z from "zod";
import type { Keyring } from "../../core/values/hash.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { recordColumns, sealToken } from "../tables/client_session_record.ts";
import {
  findNewestOfUser,
  insertClientSession,
  type StoredClientSession,
} from "../tables/client_sessions.ts";
import type { SeamProblem } from "./answer.ts";
import { NO_SECRET } from "./authenticate.ts";
import type { Call, Outcome } from "./call.ts";
import { changeSession } from "./change.ts";
import { createSessionToken, createUuid } from "./ids.ts";
import { identityOf, type CreateInput, type GetOrCreateInput } from "./parameters.ts";
import { toWire } from "./wire.ts";

/** Seam's own fake gives a session a year; nothing else is stated anywhere. */
const LIFETIME_MS = 365 * 86_400_000;

/** How often a session that comes and goes between two statements is tried again. */
const ATTEMPTS = 3;

type Input = z.output<typeof CreateInput>;
interface Made {
  readonly session: StoredClientSession;
  readonly is_new: boolean;
}

const ALREADY_EXISTS: SeamProblem = {
  status: 400,
  type: "client_session_token_already_exists",
  message: "A client session already exists for this user: use /client_sessions/get_or_create",
};

/** Creates a session. A user that has one: 400 for POST, that session for PUT. */
export async function createClientSession(call: Call<Input>): Promise<Outcome> {
  const made = await makeOrFind(call);
  if (!made.ok) {
    return made;
  }
  const { session, is_new: isNew } = made.value;
  return isNew || call.method === "PUT"
    ? ok({ client_session: toWire(session, call.deps.keyring), ok: true })
    : err(ALREADY_EXISTS);
}

/**
 * Returns the newest session of `user_identifier_key`, its expiry moved to `expires_at` when that is
 * given, or creates one. Without a `user_identifier_key` there is nothing to find it by.
 */
export async function getOrCreateClientSession(
  call: Call<z.output<typeof GetOrCreateInput>>,
): Promise<Outcome> {
  const { deps, input } = call;
  const made = await makeOrFind(call);
  if (!made.ok) {
    return made;
  }
  const { session, is_new: isNew } = made.value;
  const { expires_at: expiresAt } = input;
  const moved =
    isNew || expiresAt === undefined
      ? ok(session)
      : await changeSession(session, deps, (record) => ({ ...record, expires_at: expiresAt }));
  return moved.ok ? ok({ client_session: toWire(moved.value, deps.keyring), ok: true }) : moved;
}

async function makeOrFind(call: Call<Input>): Promise<Result<Made, SeamProblem>> {
  const { caller, deps, input } = call;
  const [workspace] = caller.workspaces;
  if (workspace === undefined) {
    throw new Error(`the key ${caller.key.name} has no workspace`);
  }
  if (deps.keyring === null) {
    return err(NO_SECRET);
  }
  const user = input.user_identifier_key;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const existing =
      user === undefined ? null : await findNewestOfUser(deps.store, [workspace], user);
    if (existing !== null) {
      return ok({ session: existing, is_new: false });
    }
    const created = await insert(workspace, deps.keyring, call);
    if (created !== null) {
      return ok({ session: created, is_new: true });
    }
  }
  return err({
    status: 503,
    type: "service_unavailable",
    message: "The session of this user is being changed: try again",
    headers: { "retry-after": "1" },
  });
}

/** Null when another request gave the user a session meanwhile. */
async function insert(
  workspace: string,
  keyring: Keyring,
  { deps, input }: Call<Input>,
): Promise<StoredClientSession | null> {
  const version = deps.now();
  const identity = identityOf(input);
  const token = createSessionToken(deps.random);
  const record = {
    client_session_id: createUuid(deps.random),
    connect_webview_ids: input.connect_webview_ids ?? [],
    connected_account_ids: input.connected_account_ids ?? [],
    created_at: formatTimestamp(version),
    ...(input.customer_id === undefined ? {} : { customer_id: input.customer_id }),
    ...(input.customer_key === undefined ? {} : { customer_key: input.customer_key }),
    // The embedded store knows of no devices.
    device_count: 0,
    expires_at: input.expires_at ?? formatTimestamp(version + LIFETIME_MS),
    token,
    user_identifier_key: input.user_identifier_key ?? null,
    ...(identity === undefined ? {} : { user_identity_id: identity }),
    user_identity_ids: identity === undefined ? [] : [identity],
    workspace_id: workspace,
  };
  const session = {
    workspace_id: workspace,
    client_session_id: record.client_session_id,
    revoked_at: null,
    ...sealToken(token, record, keyring, deps.random),
  };
  const row = { ...session, ...recordColumns(record) };
  const inserted = await insertClientSession(deps.store, row, version);
  return inserted ? { ...session, version, record } : null;
}

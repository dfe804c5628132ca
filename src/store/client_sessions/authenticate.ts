import { bearerOf, findKey } from "../../core/values/secret_key.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { parseTimestamp } from "../../core/values/timestamp.ts";
import { findByToken, type StoredClientSession } from "../tables/client_sessions.ts";
import { mustRead } from "../../sources/d1/stored_record.ts";
import type { SeamProblem } from "./answer.ts";
import type { StoreDeps } from "../deps.ts";
import type { Caller } from "./call.ts";

const ACCESS_TOKEN = "seam_at";
const SESSION_TOKEN = "seam_cst";
const PUBLISHABLE_KEY = "seam_pk";

interface Counted {
  readonly bearer: string | null;
  readonly key: Key | null;
}

/** Counts a request, by its key, or by its address without one. A key is known without asking the store. */
export async function countRequest(
  headers: Headers,
  deps: StoreDeps,
): Promise<Result<Counted, SeamProblem>> {
  const bearer = bearerOf(headers.get("authorization"));
  const key = bearer === null ? null : findKey(deps.config.api_keys, bearer);
  const wait = await deps.rateLimit(key, headers.get("cf-connecting-ip"));
  return wait === null
    ? ok({ bearer, key })
    : err({
        status: 429,
        type: "too_many_requests",
        message: `Too many requests: ask again in ${wait} seconds`,
        headers: { "retry-after": String(wait) },
      });
}

/** Finds out who asks. A session token is counted before it is looked up, so that guessing is slow. */
export async function authenticate(
  headers: Headers,
  takesSessionToken: boolean,
  deps: StoreDeps,
): Promise<Result<Caller, SeamProblem>> {
  const counted = await countRequest(headers, deps);
  if (!counted.ok) {
    return counted;
  }
  const { bearer, key } = counted.value;
  if (bearer?.startsWith(ACCESS_TOKEN) === true) {
    return withAccessToken(key, headers.get("seam-workspace"));
  }
  if (key !== null) {
    return ok({ kind: "key", key, workspaces: key.workspaces });
  }
  const token = readSessionToken(headers, bearer);
  if (token !== null) {
    return takesSessionToken
      ? withSessionToken(token, deps)
      : unauthorized("A client session token was used instead of an API key");
  }
  if (bearer?.startsWith(PUBLISHABLE_KEY) === true || headers.has("seam-publishable-key")) {
    return unauthorized("Publishable keys are not accepted here: use an API key");
  }
  if (bearer?.startsWith("ey") === true) {
    return unauthorized("Console sessions are not accepted here: use an API key");
  }
  return unauthorized(
    bearer === null ? "No authentication methods succeeded" : "API Key not found",
  );
}

type Key = StoreDeps["config"]["api_keys"][number];

function withAccessToken(key: Key | null, workspace: string | null): Result<Caller, SeamProblem> {
  if (key === null) {
    return unauthorized("Access token not found");
  }
  if (workspace === null || workspace === "") {
    return unauthorized("A personal access token needs the seam-workspace header");
  }
  if (!key.workspaces.includes(workspace)) {
    return unauthorized(
      "The access token does not reach the workspace in the seam-workspace header",
    );
  }
  return ok({ kind: "key", key, workspaces: [workspace] });
}

/** The token as Bearer, or in one of the two headers when there is no Authorization. */
function readSessionToken(headers: Headers, bearer: string | null): string | null {
  if (bearer !== null) {
    return bearer.startsWith(SESSION_TOKEN) ? bearer : null;
  }
  return headers.get("seam-client-session-token") ?? headers.get("client-session-token");
}

async function withSessionToken(
  token: string,
  deps: StoreDeps,
): Promise<Result<Caller, SeamProblem>> {
  if (!token.startsWith(SESSION_TOKEN)) {
    return err({
      status: 400,
      type: "invalid_client_session_token",
      message: "Invalid client session token",
    });
  }
  if (deps.keyring === null) {
    return err(NO_SECRET);
  }
  const session = await findByToken(deps.store, deps.keyring.hash("token", token));
  if (session === null) {
    return unauthorized("Unauthorized (client session not found)", "client_session_not_found");
  }
  if (session.revoked_at !== null) {
    return unauthorized("Unauthorized (client session revoked)", "client_session_revoked");
  }
  if (isExpired(session, deps.now())) {
    return unauthorized("Unauthorized (client session expired)", "client_session_expired");
  }
  return ok({ kind: "session", session });
}

/** Reads the record, not the column: a date after 2100 is no clock for a rule, but it is a valid end. */
function isExpired({ record }: StoredClientSession, now: number): boolean {
  const text = mustRead(record)["expires_at"];
  const at = typeof text === "string" ? parseTimestamp(text) : null;
  return at === null || at <= now;
}

/** Without LETHE_SECRET tokens can neither be sealed nor found. */
export const NO_SECRET: SeamProblem = {
  status: 503,
  type: "not_configured",
  message: "LETHE_SECRET is not set: no session can be created and no token can be looked up",
};

function unauthorized(
  message: string,
  type = "unauthorized",
): { readonly ok: false; readonly error: SeamProblem } {
  return err({ status: 401, type, message, headers: { "www-authenticate": "Bearer" } });
}

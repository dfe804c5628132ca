import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { DEFAULT_WORKSPACE, type KeyScope } from "../../src/config/keys.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import type { SessionRef } from "../../src/core/session/session.ts";
import type { StoreDeps } from "../../src/store/deps.ts";
import { described } from "./openapi/store.ts";
import { createClientSessionRoutes } from "../../src/store/client_sessions/routes.ts";
import { importSessions } from "../../src/store/import/import.ts";

/** A key that may do everything in the documents' workspace. */
export const KEY = "seam_lethe_all";
export const OTHER_WORKSPACE = "11111111-2222-4333-8444-555555555555";

/** The time at which these tests take place. */
export const NOW = Date.parse("2025-06-16T00:00:00.000Z");

interface TestKey {
  readonly key: string;
  readonly scopes: readonly KeyScope[];
  readonly workspaces?: readonly string[];
}

const KEYS: readonly TestKey[] = [
  { key: KEY, scopes: ["*"] },
  { key: "seam_lethe_read", scopes: ["sessions:read"] },
  { key: "seam_lethe_write", scopes: ["sessions:write"] },
  { key: "seam_lethe_delete", scopes: ["sessions:delete"] },
  { key: "seam_lethe_other", scopes: ["*"], workspaces: [OTHER_WORKSPACE] },
  { key: "seam_lethe_both", scopes: ["*"], workspaces: [OTHER_WORKSPACE, DEFAULT_WORKSPACE] },
  { key: "seam_at1_person", scopes: ["*"], workspaces: [DEFAULT_WORKSPACE, OTHER_WORKSPACE] },
];

export const CONFIG = parseConfig({
  LETHE_SECRET: "a secret for tests, of more than 32 characters",
  API_KEYS: JSON.stringify(
    KEYS.map(({ key, scopes, workspaces }) => ({
      name: key.slice(5),
      sha256: sha256(key),
      scopes,
      workspaces,
    })),
  ),
});

/** The session of the document "Delete a Client Session". */
export const DELETED_ID = "d149de35-cfad-46fe-a78e-f71f649e7a37";

/** An empty store with its tables. */
export async function emptyStore(): Promise<void> {
  await applyD1Migrations(env.STORE, inject("migrations"));
  const tables = ["client_sessions", "agents", "agent_sessions", "agent_events"];
  await env.STORE.batch(tables.map((table) => env.STORE.prepare(`DELETE FROM ${table}`)));
}

/** Stores whole client sessions. */
export async function storeSessions(...sessions: readonly object[]): Promise<void> {
  const lines = sessions.map((session) => JSON.stringify({ source: "client_sessions", session }));
  const imported = await importSessions(new TextEncoder().encode(lines.join("\n")), {
    store: env.STORE,
    sources: CONFIG.sources,
    workspaces: null,
    agents: null,
    keyring: CONFIG.keyring,
    now: () => NOW,
    random: randomBytes,
  });
  if (!imported.ok) {
    throw new Error(`the test's own sessions were refused: ${JSON.stringify(imported.error)}`);
  }
}

/** The routes, their removals done in the table itself. */
export function openRoutes(overrides: Partial<StoreDeps> = {}) {
  const deps: StoreDeps = {
    config: CONFIG,
    store: env.STORE,
    keyring: CONFIG.keyring,
    now: () => NOW,
    random: randomBytes,
    requestId: () => "req_test",
    rateLimit: async () => null,
    removeSession: removeRow,
    report: (thrown) => {
      throw thrown;
    },
    ...overrides,
  };
  return createClientSessionRoutes(() => deps);
}

export type Routes = ReturnType<typeof openRoutes>;

/** Calls an endpoint with POST and a JSON body, as the oldest clients do. */
export async function post(routes: Routes, path: string, body: unknown, key: string | null = KEY) {
  const response = await routes.request(path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  });
  return described("POST", `/client_sessions${path}`, response);
}

/** A session as a client reads it. */
export type Wire = Readonly<Record<string, unknown>>;

/** The `client_session` of an answer. */
export async function sessionOf(response: Response | Promise<Response>): Promise<Wire> {
  const body = await (await response).json<{ client_session?: Wire }>();
  if (body.client_session === undefined) {
    throw new Error(`no client_session in ${JSON.stringify(body)}`);
  }
  return body.client_session;
}

/** A stored row, without going through a route. */
export async function rowOf(id: string) {
  return env.STORE.prepare("SELECT * FROM client_sessions WHERE client_session_id = ?1")
    .bind(id)
    .first();
}

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

async function removeRow(ref: SessionRef) {
  const { meta } = await env.STORE.prepare(
    "DELETE FROM client_sessions WHERE workspace_id = ?1 AND client_session_id = ?2",
  )
    .bind(ref.scope, ref.id)
    .run();
  return meta.changes > 0 ? ({ kind: "deleted" } as const) : ({ kind: "absent" } as const);
}

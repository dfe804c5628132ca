import { env } from "cloudflare:workers";
import { parseConfig } from "../../src/config/config.ts";
import type { SessionRef } from "../../src/core/session/session.ts";
import { importSessions } from "../../src/store/import/import.ts";
import { store } from "../support/d1.ts";
import type { Found } from "./world.ts";

/** The embedded store as the whole of a deployment. */
export const EMBEDDED = {
  sources: ["client_sessions", "agent_sessions"],
  accounts: [],
  seam: null,
  vectara: [],
  vars: {
    SOURCES: JSON.stringify({
      client_sessions: { settle_seconds: 0 },
      agent_sessions: { settle_seconds: 0, person_paths: ["user_id"] },
    }),
  },
};

type Line = Readonly<Record<string, unknown>>;

export async function importEmbedded(lines: readonly Line[], now: number): Promise<void> {
  const { keyring, sources } = parseConfig({ ...env, ...EMBEDDED.vars });
  const body = new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join("\n"));
  const loaded = await importSessions(body, {
    store,
    sources,
    workspaces: null,
    agents: null,
    keyring,
    now: () => now,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  if (!loaded.ok) {
    throw new Error(JSON.stringify(loaded.error));
  }
}

interface ClientRow {
  readonly scope: string;
  readonly id: string;
  readonly created_at: number | null;
  readonly expires_at: number | null;
  readonly person: string | null;
}

interface AgentRow {
  readonly scope: string;
  readonly id: string;
  readonly created_at: number | null;
  readonly last_active_at: number | null;
  readonly parent_scope: string | null;
  readonly parent_id: string | null;
  readonly person: string | null;
  readonly status: string | null;
}

export async function embeddedSessions(): Promise<readonly Found[]> {
  const [clients, agents] = await store.batch([
    store.prepare(
      `SELECT workspace_id AS scope, client_session_id AS id, created_at, expires_at,
              user_identifier_key AS person FROM client_sessions`,
    ),
    store.prepare(
      `SELECT agent_key AS scope, session_key AS id, created_at, last_active_at,
              parent_agent_key AS parent_scope, parent_session_key AS parent_id,
              record ->> '$.metadata.user_id' AS person, record ->> '$.status' AS status
       FROM agent_sessions`,
    ),
  ]);
  const base = { activity_read: true, version: 0 };
  return [
    ...((clients?.results ?? []) as unknown as ClientRow[]).map(
      ({ scope, id, created_at, expires_at, person }): Found => ({
        ...base,
        source: "client_sessions",
        scope,
        id,
        clocks: { created_at, expires_at },
        busy: false,
        person: [
          { type: "client_session_id", values: [id] },
          { type: "user_identifier_key", values: person === null ? [] : [person] },
        ],
        parent: null,
        metadata: null,
      }),
    ),
    ...((agents?.results ?? []) as unknown as AgentRow[]).map(
      ({
        scope,
        id,
        created_at,
        last_active_at,
        parent_scope,
        parent_id,
        person,
        status,
      }): Found => ({
        ...base,
        source: "agent_sessions",
        scope,
        id,
        clocks: { created_at, last_active_at },
        busy: status === "running",
        person: [
          { type: "metadata:user_id", values: person === null ? [] : [person] },
          { type: "agent_session_id", values: [`${scope}/${id}`, id] },
        ],
        parent:
          parent_scope === null || parent_id === null
            ? null
            : { scope: parent_scope, id: parent_id },
        metadata: { user_id: person },
      }),
    ),
  ];
}

export async function countEmbedded(): Promise<number> {
  const query = `SELECT (SELECT count(*) FROM client_sessions) + (SELECT count(*) FROM agent_sessions) AS n`;
  return (await store.prepare(query).first<number>("n")) ?? 0;
}

/** Straight from the table, as an application that shares the database would. */
export async function removeEmbedded({
  source,
  scope,
  id,
}: SessionRef & { readonly source: string }): Promise<void> {
  const [table, first, second] =
    source === "client_sessions"
      ? ["client_sessions", "workspace_id", "client_session_id"]
      : ["agent_sessions", "agent_key", "session_key"];
  await store
    .prepare(`DELETE FROM ${table} WHERE ${first} = ? AND ${second} = ?`)
    .bind(scope, id)
    .run();
}

/** A sign of life, with the version that every write raises. */
export async function useEmbedded(
  { source, scope, id }: SessionRef & { readonly source: string },
  at: number,
): Promise<void> {
  const statement =
    source === "client_sessions"
      ? `UPDATE client_sessions SET expires_at = ?1, version = version + 1
         WHERE workspace_id = ?2 AND client_session_id = ?3`
      : `UPDATE agent_sessions SET last_active_at = ?1, version = version + 1
         WHERE agent_key = ?2 AND session_key = ?3`;
  await store.prepare(statement).bind(at, scope, id).run();
}

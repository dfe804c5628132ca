import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { Precondition } from "../../src/core/policy/precondition.ts";
import type { PolicyVersion, PolicyWritten } from "../../src/contract/registrar.ts";
import { parseConfig } from "../../src/config/config.ts";
import { readVersion } from "../../src/kv/policies.ts";
import { policyTargets } from "../../src/kv/targets.ts";
import { store } from "./d1.ts";
import { openEngine, type Engine } from "./engine.ts";

const MINUTE = 60_000;

export interface ClientSeed {
  readonly id: string;
  readonly workspace?: string;
  /** Minutes ago; null is undated. */
  readonly expired?: number | null;
  readonly created?: number | null;
  readonly person?: string;
}

/** Puts client sessions into the embedded store, their clocks counted back from the present. */
export async function addClientSessions(rows: readonly ClientSeed[]): Promise<void> {
  const at = (minutes: number | null): number | null =>
    minutes === null ? null : Date.now() - minutes * MINUTE;
  const values = rows.map(({ id, workspace = "w1", expired = 60, created = 5000, person }) => [
    workspace,
    id,
    at(created),
    at(expired),
    person ?? null,
    JSON.stringify({ client_session_id: id, user_identifier_key: person ?? null }),
  ]);
  await store
    .prepare(
      `INSERT INTO client_sessions
         (workspace_id, client_session_id, created_at, expires_at, user_identifier_key, record)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
       FROM json_each(?)`,
    )
    .bind(JSON.stringify(values))
    .run();
}

export interface AgentSeed {
  readonly id: string;
  readonly agent?: string;
  /** Minutes ago; null is undated. */
  readonly active?: number | null;
  readonly created?: number | null;
  readonly metadata?: object;
}

/** Puts agent sessions, each with one event, into the embedded store. */
export async function addAgentSessions(rows: readonly AgentSeed[]): Promise<void> {
  const at = (minutes: number | null): number | null =>
    minutes === null ? null : Date.now() - minutes * MINUTE;
  const values = rows.map(
    ({ id, agent = "agt_1", active = 90_000, created = 100_000, metadata = {} }) => [
      agent,
      id,
      at(created),
      at(active),
      JSON.stringify({ key: id, agent_key: agent, metadata }),
    ],
  );
  await store.batch([
    store
      .prepare(
        `INSERT INTO agent_sessions (agent_key, session_key, created_at, last_active_at, record)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)`,
      )
      .bind(JSON.stringify(values)),
    store
      .prepare(
        `INSERT INTO agent_events (agent_key, session_key, event_id, created_at, record)
         SELECT value ->> 0, value ->> 1, 'evt_' || (value ->> 1), value ->> 3, '{}' FROM json_each(?)`,
      )
      .bind(JSON.stringify(values)),
  ]);
}

/** What became of a session that was planned; every write to it raises its version. */
export async function renewClient(id: string): Promise<void> {
  await store
    .prepare(
      "UPDATE client_sessions SET expires_at = ?, version = version + 1 WHERE client_session_id = ?",
    )
    .bind(Date.now() + 60 * MINUTE, id)
    .run();
}

/** Writes a policy as the API would, but for KV. */
export async function writePolicy(
  { registrar }: Engine,
  id: string,
  version: PolicyVersion | null,
  actor: string,
  shown: PolicyVersion | null = null,
  condition: Precondition = { if_match: null, if_none_match: false },
): Promise<PolicyWritten> {
  return registrar.writePolicy({ id, version, shown, condition, reach: null }, actor);
}

/** Takes every policy away, and what is remembered of them, so that a test's ticks start its own alone. */
export async function clearPolicies(): Promise<void> {
  const { keys } = await env.POLICIES.list();
  for (const { name } of keys) {
    await env.POLICIES.delete(name);
  }
  await runInDurableObject(env.REGISTRAR.getByName("registrar"), (_instance, state) => {
    state.storage.sql.exec("DELETE FROM policy_versions");
  });
}

/** A sweep of one policy alone: stores it, ticks, and answers its report. */
export async function sweepOnce(engine: Engine, policy: object): Promise<SweepReport> {
  await clearPolicies();
  await engine.putPolicy("p", { mode: "enforce", ...policy });
  const [report] = await engine.sweep();
  if (report === undefined) {
    throw new Error("no sweep was started");
  }
  return report;
}

/** An engine whose environment can also be given another D1 binding. */
export async function openWorld(): Promise<Engine & { useStore(db: D1Database): Promise<void> }> {
  const engine = await openEngine();
  return {
    ...engine,
    useStore: async (db) =>
      engine.configure({ STORE: db } as unknown as Readonly<Record<string, string>>),
  };
}

/** A policy as a tick reads it from KV. */
export function policyVersion(id: string, document: object): PolicyVersion {
  const read = readVersion(id, document, policyTargets(parseConfig({ ...env }).sources));
  if (!read.ok) {
    throw new Error(JSON.stringify(read.error));
  }
  return read.value;
}

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { parseConfig } from "../../src/config/config.ts";
import { importSessions } from "../../src/store/import/import.ts";
import { emptyStore, store, WORKSPACE } from "./d1.ts";
import type { Engine } from "./engine.ts";
import { startFake, type FakeClient } from "./fake_client.ts";

type Row = Readonly<Record<string, unknown>>;

/** A client session by a short name; its id is made from the name. */
interface ClientSeed extends Row {
  readonly name: string;
}

/** An agent session: `at` is `<agent>/<session>`, `child_of` the same for its parent. */
export interface AgentSeed extends Row {
  readonly at: string;
  readonly metadata?: Row;
  readonly child_of?: string;
}

/** Lets nothing be known of what the sources held: that they are empty now is no outage. */
export async function forgetHeld(): Promise<void> {
  for (const source of ["client_sessions", "agent_sessions"]) {
    await runInDurableObject(env.CUSTODIAN.getByName(source), (_instance, state) => {
      state.storage.sql.exec("DELETE FROM facts WHERE name = 'held'");
    });
  }
}

/** Both sources of one deployment, embedded or behind the fakes, filled and read in the same way. */
export interface World {
  readonly name: string;
  readonly isEmbedded: boolean;
  /** Empties everything, and configures the engine for this world. */
  open(engine: Engine, options?: WorldOptions): Promise<void>;
  clients(...rows: readonly ClientSeed[]): Promise<void>;
  /** Stores sessions, and their agents as plain documents where they are not there yet. */
  agents(...rows: readonly AgentSeed[]): Promise<void>;
  /** Replaces an agent's document; null: it cannot be read when it is first asked for. */
  agentDocument(agent: string, document: Row | null): Promise<void>;
  /** Changes a session as its application would. */
  changeClient(name: string, fields: Row): Promise<void>;
  changeAgentSession(at: string, metadata: Row): Promise<void>;
  /** Everything that is still there: names of client sessions, and `<agent>/<session>`. */
  left(): Promise<string[]>;
  /** Calls that asked for a removal; the embedded store counts its batches. */
  removals(): Promise<number>;
}

interface WorldOptions {
  readonly vars?: Readonly<Record<string, string>>;
  readonly client_sessions?: Row;
  readonly agent_sessions?: Row;
}

const CREATED = "2026-01-01T00:00:00.000Z";
const EXPIRES = "2036-01-01T00:00:00.000Z";

/** The id of a client session of this name: a UUID, as Seam asks for. */
export function idOf(name: string): string {
  const hex = [...new TextEncoder().encode(name)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const tail = hex.padEnd(24, "0").slice(0, 24);
  return `${tail.slice(0, 8)}-${tail.slice(8, 12)}-4${tail.slice(12, 15)}-8${tail.slice(15, 18)}-${tail.slice(18, 24).padEnd(12, "0")}`;
}

function clientRecord({ name, ...fields }: ClientSeed): Row {
  return {
    client_session_id: idOf(name),
    workspace_id: WORKSPACE,
    created_at: CREATED,
    expires_at: EXPIRES,
    user_identifier_key: null,
    ...fields,
  };
}

function agentRecord({ at, child_of: parent, metadata = {}, ...fields }: AgentSeed): Row & {
  readonly agent_key: string;
  readonly key: string;
} {
  const [agent, key] = parts(at);
  const [parentAgent, parentKey] = parent === undefined ? [null, null] : parts(parent);
  return {
    created_at: CREATED,
    metadata,
    created_by_agent_key: parentAgent,
    created_by_session_key: parentKey,
    ...fields,
    agent_key: agent,
    key,
  };
}

function parts(at: string): [string, string] {
  const [agent, key] = at.split("/");
  if (agent === undefined || key === undefined) {
    throw new Error(`${at} is not <agent>/<session>`);
  }
  return [agent, key];
}

function sourcesOf(options: WorldOptions, defaults: Row): string {
  return JSON.stringify({
    client_sessions: { ...defaults, ...options.client_sessions },
    agent_sessions: { ...defaults, ...options.agent_sessions },
  });
}

/** The embedded store. */
export function embeddedWorld(): World {
  const names = new Map<string, string>();
  const load = async (source: string, sessions: readonly Row[]): Promise<void> => {
    const lines = sessions.map((session) => JSON.stringify({ source, session })).join("\n");
    const { keyring, sources } = parseConfig({ ...env });
    const loaded = await importSessions(new TextEncoder().encode(lines), {
      store,
      sources,
      workspaces: null,
      agents: null,
      keyring,
      now: () => Date.now(),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
    if (!loaded.ok) {
      throw new Error(JSON.stringify(loaded.error));
    }
  };
  return {
    name: "embedded",
    isEmbedded: true,
    async open(engine, options = {}) {
      await emptyStore();
      await forgetHeld();
      await engine.configure({
        ...options.vars,
        SOURCES: sourcesOf(options, { settle_seconds: 0 }),
      });
    },
    async clients(...rows) {
      for (const { name } of rows) {
        names.set(idOf(name), name);
      }
      await load("client_sessions", rows.map(clientRecord));
    },
    async agents(...rows) {
      await load("agent_sessions", rows.map(agentRecord));
    },
    async agentDocument(agent, document) {
      await (
        document === null
          ? store.prepare("DELETE FROM agents WHERE agent_key = ?").bind(agent)
          : store
              .prepare("INSERT OR REPLACE INTO agents (agent_key, record) VALUES (?, ?)")
              .bind(agent, JSON.stringify({ key: agent, ...document }))
      ).run();
    },
    async changeClient(name, fields) {
      await store
        .prepare(
          `UPDATE client_sessions SET version = version + 1, record = json_patch(record, ?2),
             user_identifier_key = CASE WHEN json_type(?2, '$.user_identifier_key') IS NULL
               THEN user_identifier_key ELSE ?2 ->> '$.user_identifier_key' END
           WHERE client_session_id = ?1`,
        )
        .bind(idOf(name), JSON.stringify(fields))
        .run();
    },
    async changeAgentSession(at, metadata) {
      await store
        .prepare(
          `UPDATE agent_sessions SET version = version + 1,
             record = json_set(record, '$.metadata', json(?3))
           WHERE agent_key = ?1 AND session_key = ?2`,
        )
        .bind(...parts(at), JSON.stringify(metadata))
        .run();
    },
    async left() {
      const [clients, agents] = await store.batch<{ id: string }>([
        store.prepare("SELECT client_session_id AS id FROM client_sessions"),
        store.prepare("SELECT agent_key || '/' || session_key AS id FROM agent_sessions"),
      ]);
      return [
        ...(clients?.results ?? []).map(({ id }) => names.get(id) ?? id),
        ...(agents?.results ?? []).map(({ id }) => id),
      ].toSorted();
    },
    async removals() {
      const row = await store
        .prepare("SELECT count(*) AS n FROM removal_batches")
        .first<{ n: number }>();
      return row?.n ?? 0;
    },
  };
}

/** Seam and Vectara, each behind its fake. */
export interface UpstreamWorld extends World {
  readonly seam: FakeClient;
  readonly vectara: FakeClient;
  readonly vars: Readonly<Record<string, string>>;
}

export async function upstreamWorld(): Promise<UpstreamWorld> {
  const [seam, vectara] = await Promise.all([startFake("seam"), startFake("vectara")]);
  const names = new Map<string, string>();
  const vars = {
    SEAM_API_KEY: "seam_test_fake_key",
    SEAM_ENDPOINT: seam.url,
    VECTARA_API_KEY: "zut_fake_key",
    VECTARA_ENDPOINT: vectara.url,
  };
  return {
    name: "upstream",
    isEmbedded: false,
    seam,
    vectara,
    vars,
    async open(engine, options = {}) {
      await Promise.all([seam.reset(), vectara.reset(), forgetHeld()]);
      await engine.configure({
        ...vars,
        ...options.vars,
        SOURCES: sourcesOf(options, { settle_seconds: 0, per_second: 2000 }),
      });
    },
    async clients(...rows) {
      for (const { name } of rows) {
        names.set(idOf(name), name);
      }
      await seam.seed({ sessions: rows.map(clientRecord) });
    },
    async agents(...rows) {
      const sessions = rows.map(agentRecord);
      const state = (await vectara.state())["agents"] as Readonly<Record<string, unknown>>;
      const agents = [...new Set(sessions.map(({ agent_key }) => agent_key))]
        .filter((key) => !Object.hasOwn(state, key))
        .map((key) => ({ key }));
      await vectara.seed({ agents, sessions });
    },
    async agentDocument(agent, document) {
      await (document === null
        ? vectara.faults({
            kind: "html",
            status: 404,
            match: { path: `^/v2/agents/${agent}$` },
          })
        : vectara.seed({ agents: [{ key: agent, ...document }] }));
    },
    async changeClient(name, fields) {
      const { session } = await seam.state({ id: idOf(name) });
      await seam.seed({
        sessions: [{ ...(session as Row), ...fields }],
        raw: true,
        owner: WORKSPACE,
      });
    },
    async changeAgentSession(at, metadata) {
      const [agent, key] = parts(at);
      const { session } = await vectara.state({ agent_key: agent, id: key });
      await vectara.seed({ sessions: [{ ...(session as Row), metadata, agent, key, raw: true }] });
    },
    async left() {
      const { rows } = await seam.state({ full: "1" });
      const { agents } = await vectara.state({ full: "1" });
      const clients = (rows as { session: { client_session_id: string } }[]).map(
        ({ session }) => names.get(session.client_session_id) ?? session.client_session_id,
      );
      const sessions = Object.entries(
        agents as Readonly<Record<string, { rows: { session: { key: string } }[] }>>,
      ).flatMap(([agent, { rows: entries }]) =>
        entries.map(({ session }) => `${agent}/${session.key}`),
      );
      return [...clients, ...sessions].toSorted();
    },
    async removals() {
      const calls = [...(await seam.calls()), ...(await vectara.calls())];
      return calls.filter(({ method, path }) => method === "DELETE" || path.endsWith("/delete"))
        .length;
    },
  };
}

/** One typed identifier. */
export function by(type: string, value: string | number | boolean) {
  return { type, value };
}

/** What most tests name a person by. */
export const JANE = by("user_identifier_key", "jane_doe");

/** Metadata of Jane's agent sessions. */
export const OF_JANE = { user_id: "jane_doe" };

/** One session of Jane's, and one of somebody else's, in each source. */
export async function fillBoth(world: World): Promise<void> {
  await world.clients(
    { name: "jane", user_identifier_key: "jane_doe" },
    { name: "bob", user_identifier_key: "bob" },
  );
  await world.agents(
    { at: "agt_a/ase_1", metadata: OF_JANE },
    { at: "agt_a/ase_2", metadata: { user_id: "bob" } },
  );
}

/** What `fillBoth` stores of somebody else. */
export const OTHERS = ["agt_a/ase_2", "bob"];

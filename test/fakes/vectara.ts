import {
  PLAIN_HARNESS,
  startFake,
  type FakeDefinition,
  type FakeServer,
  type HarnessOptions,
} from "./server.ts";
import type { Effect } from "./faults.ts";
import { readPath, vectaraError } from "./vectara-path.ts";
import { routeVectara } from "./vectara-routes.ts";
import { applyVectaraSeed, newAgentSession, type VectaraSeed } from "./vectara-seed.ts";
import { newEvent, VectaraStore, type Row, type SessionEntry } from "./vectara-store.ts";
import type { FakeAnswer, FakeRequest } from "./wire.ts";

/** The key that a fake takes when none is given. */
export const VECTARA_API_KEY = "zut_fake_key";

/** How the fake behaves where the service's own behaviour is not documented. */
export interface VectaraOptions extends HarnessOptions {
  api_keys: string[];
  /** What a wrong or missing key gets, and whether with a body. */
  bad_key_status: 401 | 403;
  bad_key_body: "json" | "none";
  /** Agents that the key may not see: 403 by name, absent from the list. */
  forbidden_agents: string[];
  /** By offset, where deleting while paging skips rows, or by the last row's key. */
  paging: "offset" | "key";
  /** How the last page says so: no page_key, or an empty one. */
  page_end: "absent" | "empty";
  session_order: "inserted" | "newest_first";
  id_field: "key" | "id";
  metadata_filter: "ignore" | "honour" | "reject";
  /** Whether the traces endpoint exists. */
  traces: boolean;
  delete_running: 204 | 409;
}

/** A running fake of Vectara, with shortcuts into its state. */
export interface FakeVectara extends Omit<FakeServer<VectaraOptions>, "seed"> {
  apiKey: string;
  seed(seed: VectaraSeed): Record<string, unknown>;
  session(agentKey: string, key: string): SessionEntry | undefined;
  sessions(agentKey: string): Row[];
  change(agentKey: string, key: string, fields: Row): boolean;
  remove(agentKey: string, key: string): boolean;
  addEvent(agentKey: string, key: string, event: Row): boolean;
}

const DEFAULTS: VectaraOptions = {
  ...PLAIN_HARNESS,
  api_keys: [VECTARA_API_KEY],
  bad_key_status: 403,
  bad_key_body: "json",
  forbidden_agents: [],
  paging: "offset",
  page_end: "absent",
  session_order: "inserted",
  id_field: "key",
  metadata_filter: "ignore",
  traces: true,
  delete_running: 204,
};

function nowOf(options: VectaraOptions): string {
  return options.now ?? new Date().toISOString();
}

function handle(request: FakeRequest, store: VectaraStore, options: VectaraOptions): FakeAnswer {
  const key = request.headers["x-api-key"];
  if (typeof key !== "string" || !options.api_keys.includes(key)) {
    if (options.bad_key_body === "none") {
      return { status: options.bad_key_status };
    }
    return vectaraError(options.bad_key_status, "The API key is not valid");
  }
  const path = readPath(request.path);
  return routeVectara({ ...path, request, store, options, now: nowOf(options) });
}

function change(store: VectaraStore, agentKey: string, key: string, fields: Row): boolean {
  const entry = store.find(agentKey, key);
  if (entry === undefined) {
    return false;
  }
  entry.session = { ...entry.session, ...fields };
  return true;
}

function applyEffect(effect: Effect, path: string, store: VectaraStore, now: string): void {
  const called = readPath(path);
  const agent = effect.agent_key ?? called.agent ?? "";
  const key = effect.id ?? called.session ?? "";
  switch (effect.do) {
    case "set":
      change(store, agent, key, effect.fields ?? {});
      break;
    case "delete":
      store.removeSession(agent, key);
      break;
    case "restore":
      store.restoreSession(agent, key, effect.fields ?? {});
      break;
    case "add": {
      const given = effect.session?.["key"];
      const added = typeof given === "string" ? given : (effect.id ?? crypto.randomUUID());
      const session = newAgentSession(effect.session ?? {}, agent, added, now);
      store.putSession(agent, added, session);
      break;
    }
    case "add_event":
      store.addEvent(agent, key, newEvent(effect.event ?? {}, key, now));
      break;
    case "set_agent":
      store.putAgent(agent, effect.fields ?? {});
      break;
    case "delete_agent":
      store.agents.delete(agent);
      break;
  }
}

function showState(query: URLSearchParams, store: VectaraStore): unknown {
  const [agentKey, key] = [query.get("agent_key"), query.get("id")];
  if (agentKey !== null && key !== null) {
    const entry = store.find(agentKey, key);
    return { session: entry?.session ?? null, events: entry?.events ?? [] };
  }
  const agents: Row = {};
  let total = 0;
  for (const [name, agent] of store.agents) {
    total += agent.sessions.size;
    const full = query.has("full") ? { rows: [...agent.sessions.values()] } : {};
    const removed = [...agent.removed.keys()];
    agents[name] = { document: agent.document, sessions: agent.sessions.size, removed, ...full };
  }
  const removals = query.has("full") ? { removals: store.removals } : {};
  return { sessions: total, agents, traces: store.traces.length, ...removals };
}

/** Starts a fake of Vectara's agent sessions on 127.0.0.1; `port` 0 or none takes a free one. */
export async function startFakeVectara(
  given: Partial<VectaraOptions> & { port?: number; seed?: VectaraSeed } = {},
): Promise<FakeVectara> {
  const { port, seed, ...patch } = given;
  const store = new VectaraStore();
  const build = (options: VectaraOptions): FakeDefinition => ({
    knownEffects: ["set", "delete", "restore", "add", "add_event", "set_agent", "delete_agent"],
    describe: (request) => {
      const { route, session } = readPath(request.path);
      return { route, id: session };
    },
    handle: (request) => handle(request, store, options),
    limited: (headers) => vectaraError(429, "Too many requests", {}, headers),
    effect: (effect, request) => applyEffect(effect, request.path, store, nowOf(options)),
    seed: (body) => applyVectaraSeed(body, store, nowOf(options)),
    state: (query) => showState(query, store),
    clear: () => store.clear(),
  });
  const options = { ...DEFAULTS, ...patch };
  const start = seed === undefined ? undefined : { ...seed };
  const server = await startFake({ port, options, seed: start, build });
  return {
    ...server,
    apiKey: options.api_keys[0] ?? "",
    seed: (more) => server.seed({ ...more }),
    session: (agentKey, key) => store.find(agentKey, key),
    sessions: (agentKey) => {
      const agent = store.agents.get(agentKey);
      return [...(agent?.sessions.values() ?? [])].map((entry) => entry.session);
    },
    change: (agentKey, key, fields) => change(store, agentKey, key, fields),
    remove: (agentKey, key) => store.removeSession(agentKey, key),
    addEvent: (agentKey, key, event) =>
      store.addEvent(agentKey, key, newEvent(event, key, nowOf(options))),
  };
}

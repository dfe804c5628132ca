import { bodyOf, parseInput } from "./seam-input.ts";
import type { GenerateSessions } from "./seam-generate.ts";
import { seamError } from "./seam-call.ts";
import { SEAM_ROUTES } from "./seam-routes.ts";
import { newSession } from "./seam-write.ts";
import { SeamStore, type ClientSession } from "./seam-store.ts";
import {
  PLAIN_HARNESS,
  startFake,
  type FakeDefinition,
  type FakeServer,
  type HarnessOptions,
} from "./server.ts";
import type { Effect } from "./faults.ts";
import { isObject, textAnswer, type FakeAnswer, type FakeRequest } from "./wire.ts";

/** The key and workspace that a fake has when none are given. */
export const SEAM_API_KEY = "seam_test_fake_key";
export const SEAM_WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

/** How the fake behaves where Seam's own behaviour is not documented. */
export interface SeamOptions extends HarnessOptions {
  /** API key → workspace id. */
  api_keys: Record<string, string>;
  /** Whether list and get still show sessions past their expiry. */
  list_expired: boolean;
  get_expired: boolean;
  /** A list that silently stops after so many. */
  list_cap: number | null;
  /** The status for deleting an unknown id. */
  delete_unknown: 404 | 200;
  delete_body: object;
  /** Whether ids that are no UUID are refused, as Seam does and its own fake does not. */
  uuid_ids: boolean;
}

/** What to put into the fake; `raw` keeps the sessions exactly as given, without defaults. */
export interface SeamSeed {
  sessions?: Partial<ClientSession>[];
  generate?: GenerateSessions | GenerateSessions[];
  raw?: boolean;
  /** Whose key finds the sessions, if not the workspace that each names. */
  owner?: string;
}

/** A running fake of Seam, with shortcuts into its state. */
export interface FakeSeam extends Omit<FakeServer<SeamOptions>, "seed"> {
  apiKey: string;
  workspace: string;
  seed(seed: SeamSeed): Record<string, unknown>;
  session(id: string): ClientSession | undefined;
  sessions(): ClientSession[];
  change(id: string, fields: Record<string, unknown>): boolean;
  remove(id: string): boolean;
}

const DEFAULTS: SeamOptions = {
  ...PLAIN_HARNESS,
  api_keys: { [SEAM_API_KEY]: SEAM_WORKSPACE },
  list_expired: true,
  get_expired: true,
  list_cap: null,
  delete_unknown: 404,
  delete_body: { ok: true },
  uuid_ids: true,
};

function clockOf(options: SeamOptions): number {
  return options.now === null ? Date.now() : Date.parse(options.now);
}

/** The order is Seam's: no such route, broken JSON, 401, 405, 400, then the handler's own. */
function handle(request: FakeRequest, store: SeamStore, options: SeamOptions): FakeAnswer {
  const route = Object.hasOwn(SEAM_ROUTES, request.path) ? SEAM_ROUTES[request.path] : undefined;
  if (route === undefined) {
    return textAnswer(404, "404");
  }
  const body = bodyOf(request);
  if (body === undefined) {
    return { status: 400, body: "Invalid JSON" };
  }
  const credential = request.headers.authorization;
  if (credential === undefined) {
    return seamError(401, "unauthorized", "No authentication methods succeeded");
  }
  const key = /^Bearer (.+)$/.exec(credential)?.[1] ?? "";
  const workspace = Object.hasOwn(options.api_keys, key) ? options.api_keys[key] : undefined;
  if (workspace === undefined) {
    return seamError(401, "unauthorized", "API Key not found");
  }
  const { method } = request;
  if (!route.methods.includes(method)) {
    return seamError(405, "method_not_allowed", `only ${route.methods.join(",")} accepted`);
  }
  const type = request.headers["content-type"] ?? "";
  if (["POST", "PATCH"].includes(method) && request.text !== "" && !type.includes("json")) {
    const text = `${method} requests must have Content-Type header with "application/json"`;
    return seamError(400, "invalid_content_type", text);
  }
  const parsed = parseInput(request, body, route.fields, options.uuid_ids);
  if (!parsed.ok) {
    const { message, validation_errors } = parsed;
    return seamError(400, "invalid_input", message, { validation_errors });
  }
  return route.run({
    method,
    workspace,
    input: parsed.values,
    store,
    options,
    now: clockOf(options),
  });
}

function applyEffect(
  effect: Effect,
  id: string | undefined,
  store: SeamStore,
  options: SeamOptions,
): void {
  const target = effect.id ?? id ?? "";
  switch (effect.do) {
    case "set":
      store.change(target, effect.fields ?? {});
      break;
    case "delete":
      store.remove(target);
      break;
    case "restore":
      store.restore(target, effect.fields ?? {});
      break;
    case "add":
      applySeed({ sessions: [effect.session ?? {}] }, store, options);
      break;
    case "rekey":
      for (const key of Object.keys(options.api_keys)) {
        if (key !== (effect.api_key ?? key)) {
          continue;
        }
        options.api_keys[key] = effect.workspace_id ?? crypto.randomUUID();
      }
      break;
  }
}

function applySeed(
  seed: SeamSeed,
  store: SeamStore,
  options: SeamOptions,
): Record<string, unknown> {
  const now = clockOf(options);
  const home = Object.values(options.api_keys)[0] ?? SEAM_WORKSPACE;
  const ids: string[] = [];
  for (const given of seed.sessions ?? []) {
    const full = newSession(given, home, now);
    const session = seed.raw === true ? (given as ClientSession) : full;
    store.put({ owner: seed.owner ?? full.workspace_id, session, revoked: false });
    ids.push(session.client_session_id);
  }
  const generated = [seed.generate ?? []].flat().map((spec) => {
    const clock = new Date(now).toISOString();
    const set = store.generate({ now: clock, workspace_id: seed.owner ?? home, ...spec });
    return { count: spec.count, expired: set.expired };
  });
  return { ids, generated, sessions: store.size };
}

function showState(query: URLSearchParams, store: SeamStore): unknown {
  const id = query.get("id");
  if (id !== null) {
    const row = store.find(id);
    return { session: row?.session ?? null, owner: row?.owner ?? null, revoked: row?.revoked };
  }
  const state: Record<string, unknown> = { sessions: store.size, removed: store.removedIds() };
  const now = query.get("now");
  if (now !== null) {
    let expired = 0;
    const at = Date.parse(now);
    for (const { session } of store.rows()) {
      expired += Date.parse(session.expires_at) <= at ? 1 : 0;
    }
    state["expired"] = expired;
  }
  if (query.has("full")) {
    state["rows"] = [...store.rows()];
    state["removals"] = store.removals;
  }
  return state;
}

/** The id in a call's body or query, body first. */
function calledId(request: FakeRequest): string | undefined {
  const id = bodyOf(request)?.["client_session_id"] ?? request.query.get("client_session_id");
  return typeof id === "string" ? id : undefined;
}

/** Starts a fake of Seam's client sessions on 127.0.0.1; `port` 0 or none takes a free one. */
export async function startFakeSeam(
  given: Partial<SeamOptions> & { port?: number; seed?: SeamSeed } = {},
): Promise<FakeSeam> {
  const { port, seed, ...patch } = given;
  const store = new SeamStore();
  const build = (options: SeamOptions): FakeDefinition => ({
    knownEffects: ["set", "delete", "restore", "add", "rekey"],
    describe: (request) => ({ route: request.path, id: calledId(request) }),
    handle: (request) => handle(request, store, options),
    limited: (headers) => seamError(429, "rate_limit_exceeded", "Too many requests", {}, headers),
    effect: (effect, request) => applyEffect(effect, calledId(request), store, options),
    seed: (body) => applySeed(body, store, options),
    state: (query) => showState(query, store),
    clear: () => store.clear(),
  });
  const options = { ...DEFAULTS, ...patch };
  const start = isObject(seed) ? seed : undefined;
  const server = await startFake({ port, options, seed: start, build });
  const [apiKey, workspace] = Object.entries(options.api_keys)[0] ?? ["", ""];
  return {
    ...server,
    apiKey,
    workspace,
    seed: (more) => server.seed({ ...more }),
    session: (id) => store.find(id)?.session,
    sessions: () => [...store.rows()].map((row) => row.session),
    change: (id, fields) => store.change(id, fields),
    remove: (id) => store.remove(id),
  };
}

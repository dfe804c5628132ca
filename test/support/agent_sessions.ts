import { parseConfig } from "../../src/config/config.ts";
import type { KeyScope } from "../../src/config/keys.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import type { SessionRef } from "../../src/core/session/session.ts";
import type { RemoveNowAnswer } from "../../src/contract/custodian.ts";
import { createAgentRoutes } from "../../src/store/agent_sessions/routes.ts";
import type { StoreDeps } from "../../src/store/deps.ts";
import { described } from "./openapi/store.ts";
import { countingTurn, NOW, openStore, store } from "./d1.ts";

const KEYS: Readonly<Record<string, readonly KeyScope[]>> = {
  seam_lethe_all: ["*"],
  seam_lethe_read: ["sessions:read"],
  seam_lethe_write: ["sessions:write"],
  seam_lethe_delete: ["sessions:delete"],
};

export const CONFIG = parseConfig({
  LETHE_SECRET: "a secret for tests, of more than 32 characters",
  API_KEYS: JSON.stringify(
    Object.entries(KEYS).map(([key, scopes]) => ({ name: key, sha256: sha256(key), scopes })),
  ),
});

/** A clock that the tests move, and what the routes reported. */
export interface World {
  now: number;
  removed: SessionRef[];
  reported: unknown[];
  changes: Partial<StoreDeps>;
}

export function newWorld(): World {
  return { now: NOW, removed: [], reported: [], changes: {} };
}

/** Calls a route; `key` null sends none. */
export async function call(
  world: World,
  method: string,
  path: string,
  body?: unknown,
  {
    key = "seam_lethe_all",
    headers = {},
  }: { key?: string | null; headers?: Record<string, string> } = {},
): Promise<Response> {
  const deps: StoreDeps = {
    config: CONFIG,
    store,
    keyring: CONFIG.keyring,
    now: () => world.now,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    requestId: () => "req_test",
    rateLimit: async () => null,
    removeSession: async (ref) => removeNow(world, ref),
    report: (thrown) => world.reported.push(thrown),
    ...world.changes,
  };
  const routes = createAgentRoutes(() => deps);
  const response = await routes.request(path, {
    method,
    headers: {
      ...(key === null ? {} : { "x-api-key": key }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return described(method, `/v2${path}`, response);
}

/** What the Custodian does, without its bookkeeping: read, then remove what was read. */
async function removeNow(world: World, ref: SessionRef): Promise<RemoveNowAnswer> {
  world.removed.push(ref);
  const source = openStore("agent_sessions");
  const read = await source.read(ref, countingTurn());
  if (!read.ok || read.value === null) {
    return { kind: read.ok ? "absent" : "unavailable" };
  }
  const [removal] = await source.remove(
    [{ ...ref, seq: 1, version: read.value.version }],
    { thresholds: null },
    `bat_${crypto.randomUUID()}`,
    countingTurn(),
  );
  return { kind: removal?.kind === "deleted" ? "deleted" : "unavailable" };
}

/** The JSON of a response, as whatever it is. */
export async function json(response: Response): Promise<Record<string, unknown>> {
  return response.json();
}

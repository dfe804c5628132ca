import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Activity } from "../../src/core/report/activity.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import { openEngine } from "./engine.ts";
import { clean } from "./guard_world.ts";
import { createHarness } from "./openapi/harness.ts";
import { addClientSessions } from "./sweep_world.ts";

const NAMES = ["anna", "ben"] as const;
type Name = (typeof NAMES)[number];

export const DAY = 86_400_000;
export const PERSON = "jane_doe";

/** Its plans wait, so that there is time to join, approve and stop. */
export const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  mode: "enforce",
  approval: "every",
  brake: { percent: 100 },
};

/** The objects as they are behind the API, which is asked by two people, and what they have noted. */
export async function openActivityWorld() {
  const engine = await openEngine();
  const { registrar } = engine;
  const { ask } = await createHarness(
    {
      API_KEYS: JSON.stringify(
        NAMES.map((name) => ({ name, sha256: sha256(`seam_lethe_${name}`), scopes: ["*"] })),
      ),
    },
    {
      registrar,
      custodian: (source) => env.CUSTODIAN.getByName(source),
      now: () => Date.now(),
    },
  );

  async function as(name: Name, method: string, path: string, json?: unknown, headers = {}) {
    const answer = await ask(path, { method, key: `seam_lethe_${name}`, json, headers });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    }
    return answer.body;
  }

  async function run(query: string, ...values: SqlStorageValue[]): Promise<void> {
    await runInDurableObject(registrar, (_instance, { storage }) => {
      storage.sql.exec(query, ...values);
    });
  }

  /** What was noted, the oldest first: entries of one millisecond have no order. */
  async function noted(query = ""): Promise<readonly Activity[]> {
    const { data } = await as("anna", "GET", `/v1/activity?limit=100${query}`);
    return (data as Activity[]).toReversed();
  }

  /** The same in short. */
  async function told(query = ""): Promise<unknown[][]> {
    return (await noted(query)).map(({ kind, object, actor, code }) => [
      kind,
      object.id,
      actor,
      ...(code === null ? [] : [code]),
    ]);
  }

  async function when(path: string, statuses: readonly string[]): Promise<Record<string, unknown>> {
    return vi.waitUntil(
      async () => {
        const report = await as("anna", "GET", path);
        return statuses.includes(String(report["status"])) && report;
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  async function start(name: Name, headers = {}): Promise<string> {
    return String((await as(name, "POST", "/v1/sweeps", { policy: "p" }, headers))["id"]);
  }

  /** A sweep of the policy that waits for an approval. */
  async function waiting(): Promise<string> {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    const id = await start("anna");
    await when(`/v1/sweeps/${id}`, ["needs_approval"]);
    return id;
  }

  /** Two sessions, one of them a person's, and nothing noted yet. */
  async function reset(): Promise<void> {
    await clean(engine);
    await engine.configure({});
    await addClientSessions([{ id: "a", person: PERSON }, { id: "b" }]);
    for (const table of ["sweeps", "activity"]) {
      await run(`DELETE FROM ${table}`);
    }
  }

  return { engine, registrar, ask, as, run, noted, told, when, start, waiting, reset };
}

import { randomBytes, randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_WORKSPACE } from "../../src/config/keys.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { apiClient, type ApiClient } from "../../scripts/start/client.ts";
import { signalGroup } from "../../scripts/start/processes.ts";
import { openState, type StateFolder } from "../../scripts/start/state.ts";
import { fireTick } from "../../scripts/start/ticks.ts";
import { claimPort } from "../../scripts/start/port.ts";
import { writeVariables } from "../../scripts/start/variables.ts";
import { startWorker, type RunningWorker } from "../../scripts/start/worker.ts";
import { applyMigrations } from "../../scripts/start/wrangler.ts";
import { emptyFolder } from "./start_command.ts";

const DUE = 20_000;
const NOT_DUE = 2000;
const LINES_PER_REQUEST = 5000;
/** Deaths in one sweep, by the share of it that is gone by then, and how long after that one is seen. */
const DEATHS = [
  { share: 0.1, after_ms: 0 },
  { share: 0.4, after_ms: 40 },
  { share: 0.6, after_ms: Math.random() * 200 },
];
const KEY = `seam_lethe_${randomBytes(32).toString("hex")}`;
const HOUR = 3_600_000;

/** Ends as all of a machine's processes end when its power goes. */
async function kill(worker: RunningWorker): Promise<void> {
  signalGroup(worker.group, "SIGKILL");
  await worker.ended;
}

async function startOn(state: StateFolder): Promise<{ worker: RunningWorker; client: ApiClient }> {
  const port = await claimPort(0);
  const worker = await startWorker({ state, port, run: randomUUID(), verbose: false, rest: [] });
  onTestFinished(() => kill(worker));
  return { worker, client: apiClient(worker.url, KEY, fetch) };
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/** The first are due, and the lower the index the longer: it is removed the earlier. */
function clientSession(index: number, now: number): string {
  const expiresAt = index < DUE ? now - 48 * HOUR + index * 1000 : now + HOUR;
  return JSON.stringify({
    source: "client_sessions",
    session: {
      client_session_id: idOf(index),
      workspace_id: DEFAULT_WORKSPACE,
      created_at: new Date(now - 72 * HOUR).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
      token: `seam_cst1kill_${index}`,
      user_identifier_key: `guest_${index % 500}`,
    },
  });
}

async function importAll(client: ApiClient, now: number): Promise<void> {
  const lines = Array.from({ length: DUE + NOT_DUE }, (_, index) => clientSession(index, now));
  for (let at = 0; at < lines.length; at += LINES_PER_REQUEST) {
    await client.importLines(lines.slice(at, at + LINES_PER_REQUEST));
  }
}

async function post(url: string, path: string, body: object): Promise<Response> {
  return await fetch(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function remaining(url: string): Promise<string[]> {
  const answer = await post(url, "/client_sessions/list", {});
  const { client_sessions } = (await answer.json()) as {
    client_sessions: readonly { client_session_id: string }[];
  };
  return client_sessions.map(({ client_session_id }) => client_session_id).toSorted();
}

async function isStored(url: string, index: number): Promise<boolean> {
  const answer = await post(url, "/client_sessions/get", { client_session_id: idOf(index) });
  await answer.body?.cancel();
  if (answer.status !== 200 && answer.status !== 404) {
    throw new Error(`get answered ${answer.status}`);
  }
  return answer.status === 200;
}

async function onlySweep(client: ApiClient): Promise<SweepReport | null> {
  const page = (await client.get("/v1/sweeps?limit=100")) as { data: readonly SweepReport[] };
  expect(page.data.length).toBeLessThanOrEqual(1);
  return page.data[0] ?? null;
}

function counted({ dispositions }: SweepReport): number {
  return Object.values(dispositions).reduce((sum, count) => sum + count, 0);
}

async function untilEnded(client: ApiClient): Promise<SweepReport> {
  for (;;) {
    const sweep = await onlySweep(client);
    if (sweep !== null && sweep.finished_at !== null) {
      return sweep;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("a sweep of 20,000 that is killed again and again removes all that is due, once", async () => {
  const state = await openState(await emptyFolder());
  await writeVariables(state.variables_file, {
    LETHE_SECRET: randomBytes(32).toString("hex"),
    API_KEYS: JSON.stringify([{ name: "test", sha256: sha256(KEY), scopes: ["*"] }]),
  });
  await applyMigrations(state);
  let { worker, client } = await startOn(state);
  const now = Date.now();
  await importAll(client, now);
  // Slow enough to die in the middle of it; the brake would hold back so many.
  await client.put("/v1/policies/all-expired", {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT15M" }],
    mode: "enforce",
    budget: { items: 100_000, per_second: 3 },
    brake: { percent: 100 },
    verify: 10,
  });
  await fireTick(worker.url, now, fetch);

  for (const [death, { share, after_ms: afterMs }] of DEATHS.entries()) {
    while (await isStored(worker.url, DUE * share)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await kill(worker);
    ({ worker, client } = await startOn(state));
    // It died in the middle: its last session is still there, and the sweep has not ended.
    expect(await isStored(worker.url, DUE - 1)).toBe(true);
    expect((await onlySweep(client))?.finished_at).toBeNull();
    await fireTick(worker.url, now + (death + 1) * 60_000, fetch);
  }

  const sweep = await untilEnded(client);
  expect(sweep).toMatchObject({
    status: "completed",
    counts: { due: DUE, planned: DUE },
    dispositions: { deleted: DUE },
    verified: { seen_again: 0 },
  });
  expect(counted(sweep)).toBe(DUE);
  const kept = Array.from({ length: NOT_DUE }, (_, index) => idOf(DUE + index));
  expect(await remaining(worker.url)).toEqual(kept);
});

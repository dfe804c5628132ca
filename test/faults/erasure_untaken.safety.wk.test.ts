import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { STALLED_FOR_MS } from "../../src/core/rule/erasure.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import { Custodian } from "../../src/custodian/custodian.ts";
import { openEngine } from "../support/engine.ts";
import { fillBoth, JANE, OTHERS, upstreamWorld } from "../support/erasure_world.ts";
import { hurried, openErasure } from "../support/hurry.ts";

const engine = await openEngine();
const world = await upstreamWorld();
const takes = Custodian.prototype.command;

/** Lets the Custodian of the client sessions take no command. */
function fallMute(): void {
  vi.spyOn(Custodian.prototype, "command").mockImplementation(async function (
    this: Custodian,
    command,
  ) {
    const { ctx } = this as unknown as { ctx: DurableObjectState };
    if (ctx.id.name === "client_sessions") {
      throw new Error("out of reach");
    }
    return takes.call(this, command);
  });
}

async function change(query: string, ...bindings: SqlStorageValue[]): Promise<void> {
  await runInDurableObject(engine.registrar, (_instance, state) => {
    state.storage.sql.exec(query, ...bindings);
  });
}

/** As if an erasure had been asked for so much earlier. */
async function askedEarlier(id: string, ms: number): Promise<void> {
  await change(
    `UPDATE erasures SET report = json_set(report, '$.created_at', ?) WHERE id = ?`,
    new Date(Date.now() - ms).toISOString(),
    id,
  );
}

async function until(id: string, is: (report: ErasureReport) => boolean): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      return report !== null && is(report) ? report : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

const isPlanned = ({ sources }: ErasureReport): boolean =>
  sources["agent_sessions"]?.status === "planned";

/** An erasure of Jane of which one Custodian has not even taken the order. */
async function untaken(): Promise<string> {
  fallMute();
  const id = await openErasure(engine);
  await until(id, isPlanned);
  await engine.tick();
  expect((await engine.registrar.erasure(id))?.sources["client_sessions"]?.status).toBe("queued");
  await askedEarlier(id, 6 * 60_000);
  await engine.tick();
  expect(await engine.registrar.erasure(id)).toMatchObject({
    status: "stalled",
    sources: { client_sessions: { status: "stalled", error: { code: "stalled" } } },
  });
  return id;
}

async function goneOn(): Promise<string> {
  const id = await untaken();
  await change(
    `UPDATE erasure_parts SET part = json_set(part, '$.stalled_since', (part ->> '$.stalled_since') - ?)
     WHERE erasure = ? AND part ->> '$.stalled_since' IS NOT NULL`,
    STALLED_FOR_MS,
    id,
  );
  await engine.tick();
  return id;
}

beforeEach(async () => {
  await world.open(engine);
  await fillBoth(world);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await change("DELETE FROM commands");
});

describe("a Custodian that does not take its order", () => {
  test("costs one account: after an hour the person goes everywhere else, and there when it does", async () => {
    const id = await goneOn();
    const partial = await until(id, ({ status }) => status === "partial");
    expect(partial).toMatchObject({
      finished_at: null,
      sources: { agent_sessions: { dispositions: { deleted: 1 } } },
    });
    expect(await world.left()).toEqual([...OTHERS, "jane"].toSorted());
    vi.restoreAllMocks();
    await engine.tick();
    const report = await hurried(
      engine,
      id,
      "client_sessions",
      ({ finished_at: at }) => at !== null,
    );
    expect(report).toMatchObject({ status: "completed" });
    expect(await world.left()).toEqual(OTHERS);
  });

  test("is not waited for by a cancellation, which forgets whom it was about", async () => {
    const id = await untaken();
    await engine.registrar.cancelErasure(id, "test");
    expect(await until(id, ({ finished_at: at }) => at !== null)).toMatchObject({
      status: "cancelled",
      sources: { client_sessions: { status: "failed", error: { code: "order_untaken" } } },
    });
    const kept = await runInDurableObject(engine.registrar, (_instance, { storage }) =>
      JSON.stringify(
        ["commands", "erasures"].map((name) => storage.sql.exec(`SELECT * FROM ${name}`).toArray()),
      ),
    );
    expect(kept).not.toContain(String(JANE.value));
  });
});

test("every erasure that a source holds up goes on after an hour, however many there are", async () => {
  const MANY = 130;
  const stalled = JSON.stringify({ kind: "held up" });
  await change(
    `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${MANY})
     INSERT INTO erasures (id, status, identifiers, report, state, due_at)
     SELECT 'ers_a' || n, 'partial', '[]', ?, '{}', 0 FROM n`,
    stalled,
  );
  const id = await goneOn();
  expect(await until(id, ({ status }) => status === "partial")).toMatchObject({ id });
  await change("DELETE FROM erasures WHERE id LIKE 'ers_a%'");
});

test("a source that asks for a pause of hours holds nobody up for longer than one that has stalled", async () => {
  const match = { path: "/client_sessions/list" };
  await world.seam.faults({
    kind: "status",
    status: 429,
    headers: { "retry-after": "7200" },
    match,
  });
  const id = await openErasure(engine);
  const report = await until(id, ({ status }) => status === "stalled");
  expect(report.sources["client_sessions"]).toMatchObject({
    status: "stalled",
    error: { code: "stalled", message: expect.stringContaining("asks not to be called before") },
  });
  await engine.registrar.cancelErasure(id, "test");
  await until(id, ({ finished_at: at }) => at !== null);
});

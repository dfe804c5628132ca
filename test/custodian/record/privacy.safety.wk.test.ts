import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openEngine } from "../../support/engine.ts";
import { store } from "../../support/d1.ts";
import {
  by,
  embeddedWorld,
  idOf,
  JANE,
  OF_JANE,
  upstreamWorld,
} from "../../support/erasure_world.ts";

const engine = await openEngine();
const upstream = await upstreamWorld();
const worlds = [embeddedWorld(), upstream];

/** Everything that names the person or her sessions in these tests. */
const SECRETS = ["jane_doe", idOf("jane"), idOf("jane u1"), "ase_1", "ase_child", "agt_of_jane"];

async function dump(stub: DurableObjectStub): Promise<string> {
  return runInDurableObject(stub, (_instance, state) => {
    const { sql } = state.storage;
    const tables = sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("_cf") && !name.startsWith("sqlite_"));
    return tables
      .map((name) => `${name}: ${JSON.stringify(sql.exec(`SELECT * FROM "${name}"`).toArray())}`)
      .join("\n");
  });
}

/** Every table of every object, and the bookkeeping of the embedded store. */
async function everything(): Promise<string> {
  const stubs = [
    ...(await listDurableObjectIds(env.REGISTRAR)).map((id) => env.REGISTRAR.get(id)),
    ...(await listDurableObjectIds(env.CUSTODIAN)).map((id) => env.CUSTODIAN.get(id)),
  ];
  const dumps = await Promise.all(stubs.map((stub) => dump(stub)));
  const { results } = await store.prepare("SELECT * FROM removal_batches").all();
  return [...dumps, JSON.stringify(results)].join("\n");
}

function leaks(text: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret));
}

describe.each(worlds)("what an erasure keeps of a person ($name)", (world) => {
  const lines: string[] = [];

  beforeEach(() => {
    lines.length = 0;
    for (const level of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
        lines.push(parts.map(String).join(" "));
      });
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function fill(): Promise<void> {
    await world.clients({
      name: "jane",
      user_identifier_key: "jane_doe",
      user_identity_id: idOf("jane u1"),
    });
    await world.agents(
      { at: "agt_of_jane/ase_1", metadata: OF_JANE },
      { at: "agt_b/ase_child", child_of: "agt_of_jane/ase_1" },
    );
  }

  test.each([
    ["completed", [JANE]],
    ["completed", [JANE, by("user_identity_id", idOf("jane u1"))]],
    ["conflict", [JANE, by("user_identity_id", idOf("another"))]],
    ["partial", [by("agent_session_id", "agt_of_jane/ase_1")]],
    ["no_match", [by("user_identifier_key", "jane_doe ".trim() + "_2")]],
  ])("nothing once it has ended as %s", async (status, identifiers) => {
    await world.open(engine);
    await fill();
    const report = await engine.erase(identifiers);
    expect(report.status).toBe(status);
    // The outbox is emptied, and the job forgotten, in the turn after the last news.
    const kept = await everything();
    expect(kept).toContain(report.id);
    expect(leaks(kept)).toEqual([]);
    expect(leaks(JSON.stringify(report))).toEqual([]);
    expect(leaks(lines.join("\n"))).toEqual([]);
  });

  test("nothing once it was cancelled while it waited, and while it waits only what it needs", async () => {
    await world.open(engine, { vars: { ERASURE_MAX_SESSIONS: "1" } });
    await fill();
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("needs_approval");
    expect(leaks(JSON.stringify(report))).toEqual([]);
    const waiting = await dump(env.REGISTRAR.getByName("registrar"));
    expect(leaks(waiting)).toEqual(["jane_doe"]);
    expect(waiting.split("\n").filter((line) => line.includes("jane_doe"))).toEqual([
      expect.stringMatching(/^erasures: /),
    ]);
    await engine.registrar.cancelErasure(report.id, "x");
    expect((await engine.erasure(report.id)).status).toBe("cancelled");
    expect(leaks(await everything())).toEqual([]);
    expect(leaks(lines.join("\n"))).toEqual([]);
  });

  test("nothing once it has failed", async () => {
    await world.open(engine, { vars: { LETHE_SECRET: "" } });
    const report = await engine.erase([JANE]);
    expect(report.status).toBe("failed");
    expect(leaks(await everything())).toEqual([]);
    expect(leaks(lines.join("\n"))).toEqual([]);
  });
});

describe("what a fault says", () => {
  test("no log line and no report quotes an answer, a URL or an id", async () => {
    const lines: string[] = [];
    for (const level of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
        lines.push(parts.map(String).join(" "));
      });
    }
    await upstream.open(engine);
    await upstream.clients({ name: "jane", user_identifier_key: "jane_doe" });
    await upstream.seam.faults(
      { kind: "status", status: 500, body: "jane_doe", match: { path: "/client_sessions/list" } },
      { kind: "html", body: idOf("jane"), match: { path: "/client_sessions/delete" } },
      { kind: "status", status: 401, body: { error: { message: "jane_doe" } }, skip: 4 },
    );
    const report = await engine.erase([JANE]);
    vi.restoreAllMocks();
    expect(report.sources["client_sessions"]?.status).toBe("failed");
    expect(leaks(JSON.stringify(report) + lines.join("\n"))).toEqual([]);
    expect(leaks(await everything())).toEqual([]);
  });
});

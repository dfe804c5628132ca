import { runDurableObjectAlarm } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  answerWith,
  arrived,
  beginAnew,
  DAY,
  engine,
  firstBody,
  NEXT,
  POLICY,
  receiver,
  registrar,
  run,
  SECRET,
  table,
  tried,
  VARS,
} from "../../support/callback_world.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

/** Lets the next try of everything in line come now, `older` milliseconds after it was announced. */
async function tryAgain(older = 0): Promise<void> {
  await run((sql) => {
    sql.exec(
      "UPDATE callbacks SET due_at = 1, created_at = created_at - ? WHERE due_at > 0",
      older,
    );
  });
  await runDurableObjectAlarm(registrar);
}

async function counted(): Promise<Record<string, number>> {
  const samples = await registrar.metrics();
  return Object.fromEntries(
    samples
      .filter(({ name, value }) => name === "lethe_callbacks_total" && value > 0)
      .map(({ labels, value }) => [`${labels["type"]} ${labels["result"]}`, value]),
  );
}

async function brake(): Promise<string> {
  await addClientSessions([{ id: "cs_a" }, { id: "cs_b", person: "jane_doe" }]);
  const { id } = await sweepOnce(engine, { ...POLICY, brake: { items: 1 } });
  return id;
}

beforeEach(beginAnew);

describe("what is sent", () => {
  test("a braked sweep, signed as Standard Webhooks verifies it, once", async () => {
    const id = await brake();
    await tried();
    const [delivery, ...more] = await arrived();
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({ method: "POST", path: "/lethe?to=me" });
    const { headers = {}, body = "" } = delivery ?? {};
    for (const secret of [SECRET, NEXT]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    }
    expect(() =>
      new Webhook(`whsec_${btoa("somebody else's secret")}`).verify(body, headers),
    ).toThrow("No matching signature");
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual({
      type: "sweep.braked",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      text: "A guard stopped the sweep of p. It waits for approval.",
      url: `https://lethe.example.com/sweeps/${id}`,
      data: {
        id,
        policy: "p",
        source: "client_sessions",
        guard: { code: "brake_items", due: 2, limit: 1 },
        counts: {
          examined: 2,
          matched: null,
          undated: 0,
          due: 2,
          kept: 0,
          has_children: 0,
          held: 0,
          resting: 0,
          beyond_budget: 0,
          planned: 2,
        },
      },
    });
    expect(body).not.toMatch(/cs_a|cs_b|jane_doe/);
    expect(await counted()).toEqual({ "sweep.braked delivered": 1 });
    // Nothing is left of it but that it was told.
    expect(await run((sql) => sql.exec("SELECT body, due_at FROM callbacks").toArray())).toEqual([
      { body: "", due_at: null },
    ]);
  });

  test("an erasure that waits for approval, without whom it is about", async () => {
    await engine.configure({ ...VARS, ERASURE_MAX_SESSIONS: "1" });
    await addClientSessions([1, 2].map((n) => ({ id: `cs_${n}`, person: "jane_doe" })));
    const { id } = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
    await tried();
    const body = await firstBody();
    expect(JSON.parse(body)).toMatchObject({
      type: "job.needs_approval",
      data: {
        id,
        kind: "erasure",
        policy: null,
        sources: ["agent_sessions", "client_sessions"],
        counts: { found: 2 },
        reason: "too_many",
      },
    });
    expect(body).not.toMatch(/jane_doe|cs_\d/);
  });

  test("a plan of a wider version, which waits for approval", async () => {
    await engine.configure({ ...VARS, APPROVAL: "changes" });
    await addClientSessions([{ id: "cs_1" }]);
    const { id } = await sweepOnce(engine, { ...POLICY, brake: {} });
    await tried();
    expect(JSON.parse(await firstBody())).toMatchObject({
      type: "job.needs_approval",
      data: {
        id,
        kind: "sweep",
        policy: "p",
        sources: ["client_sessions"],
        counts: { due: 1, planned: 1 },
        reason: "changes",
      },
    });
  });

  test("a stalled policy once a day, however many of its sweeps stall", async () => {
    const report = await sweepOnce(engine, POLICY);
    const stall = async (seq: number, id: string): Promise<void> => {
      await run((sql) => {
        sql.exec(
          `INSERT INTO sweeps (id, policy, source, status, trigger, seq, report, created_at, ended)
           SELECT ?1, policy, source, 'removing', trigger, 0,
                  json_set(report, '$.id', ?1, '$.status', 'removing'), created_at, 0
           FROM sweeps WHERE id = ?2`,
          id,
          report.id,
        );
      });
      const error = { code: "stalled", message: "" } as const;
      const finished_at = new Date(1).toISOString();
      const told = { ...report, id, status: "stalled", error, finished_at } as const;
      await registrar.deliver([
        { source: "client_sessions", seq, news: { ...told, kind: "sweep", account: null } },
      ]);
      await tried();
    };
    await stall(1, "swp_1");
    await stall(2, "swp_2");
    const bodies = (await arrived()).map(({ body }) => JSON.parse(body) as object);
    expect(bodies).toMatchObject([
      { type: "job.stalled", data: { id: "swp_1", kind: "sweep", sources: ["client_sessions"] } },
    ]);
    await run((sql) => sql.exec("UPDATE callbacks SET created_at = created_at - ?", DAY));
    await stall(3, "swp_3");
    expect(await arrived()).toHaveLength(1);
  });

  test("nothing where no callback is configured, and nothing waits for one", async () => {
    await engine.configure({ ...VARS, CALLBACK_HOSTS: "alerts.example.com" });
    await brake();
    expect(await table()).toEqual([]);
    expect(await arrived()).toEqual([]);
  });
});

describe("a receiver that does not take it", () => {
  test("is asked again later, with the same id and a new signature, until it does", async () => {
    await answerWith({ status: 500 });
    await brake();
    const [first] = await tried();
    expect((first?.due_at ?? 0) - Date.now()).toBeGreaterThan(2000);
    expect((first?.due_at ?? 0) - Date.now()).toBeLessThanOrEqual(5000);
    await tryAgain();
    await vi.waitUntil(async () => (await table())[0]?.tries === 2);
    const [second] = await table();
    expect((second?.due_at ?? 0) - Date.now()).toBeGreaterThan(14_000);
    await answerWith({ status: 200 });
    await tryAgain();
    await vi.waitUntil(async () => (await table())[0]?.due_at === null);
    const deliveries = await arrived();
    expect(deliveries).toHaveLength(3);
    expect(new Set(deliveries.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(await counted()).toEqual({ "sweep.braked delivered": 1 });
  });

  test("is not followed to where it points", async () => {
    await answerWith({ status: 302, location: `${receiver}/elsewhere` });
    await brake();
    expect(await tried()).toMatchObject([{ tries: 1, due_at: expect.any(Number) }]);
    expect((await arrived()).map(({ path }) => path)).toEqual(["/lethe?to=me"]);
  });

  test.each([
    [410, 0],
    [503, 3 * DAY],
  ])("is given up when it answers %i, %i ms after the event", async (status, older) => {
    await answerWith({ status: 500 });
    await brake();
    await tried();
    await answerWith({ status });
    await tryAgain(older);
    await vi.waitUntil(async () => (await counted())["sweep.braked dropped"] === 1);
    expect((await table()).filter(({ due_at: due }) => due !== null)).toEqual([]);
  });

  test("holds up no sweep while it hangs", async () => {
    await answerWith({ status: 0 });
    await brake();
    await vi.waitUntil(async () => (await arrived()).length > 0, { timeout: 10_000 });
    const begun = Date.now();
    await engine.putPolicy("q", { ...POLICY, mode: "enforce" });
    const reports = await engine.sweep(Date.now() + 60_000);
    expect(reports.find(({ policy }) => policy === "q")).toMatchObject({ status: "completed" });
    expect(Date.now() - begun).toBeLessThan(8000);
    expect(await tried()).toMatchObject([{ tries: 1 }]);
  });

  test("fills a line of a thousand and no more", async () => {
    await run((sql) => {
      sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO callbacks (id, type, about, body, created_at, due_at, tries)
         SELECT 'msg_' || i, 'job.stalled', i, '{}', ?1, ?1 + ?2, 1 FROM n`,
        Date.now(),
        DAY,
      );
    });
    await brake();
    expect(await table()).toHaveLength(1000);
    expect(await counted()).toEqual({ "sweep.braked dropped": 1 });
  });
});

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Webhook } from "standardwebhooks";
import { sha256 } from "../../src/core/values/hash.ts";
import { createHarness, type Answer } from "../support/openapi/harness.ts";
import { openEngine } from "../support/engine.ts";
import { clean } from "../support/guard_world.ts";
import { addClientSessions } from "../support/sweep_world.ts";

// Who did it stands in the report: asked through the API, of the objects as they are.

const engine = await openEngine();
const SECRET = `whsec_${btoa("a new secret of 24 bytes")}`;
const NAMES = ["anna", "ben", "carol"] as const;
type Name = (typeof NAMES)[number];
const { ask } = await createHarness(
  {
    API_KEYS: JSON.stringify(
      NAMES.map((name) => ({ name, sha256: sha256(`seam_lethe_${name}`), scopes: ["*"] })),
    ),
    WEBHOOKS: JSON.stringify({
      deleted: {
        dialect: "standard",
        secrets: ["HOOK_SECRET"],
        identifiers: { "data.id": "user_identifier_key" },
      },
    }),
    HOOK_SECRET: SECRET,
  },
  {
    registrar: engine.registrar,
    custodian: (source) => env.CUSTODIAN.getByName(source),
    now: () => Date.now(),
  },
);

async function as(name: Name, method: string, path: string, json?: unknown) {
  const answer = await ask(path, { method, key: `seam_lethe_${name}`, json });
  if (answer.status >= 300) {
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  }
  return answer.body;
}

const by = (name: string) => ({ name, at: expect.stringMatching(/^20\d\d-.*Z$/) as string });

/** The report at a path, when its status is this one. */
async function when(path: string, status: string): Promise<Answer["body"]> {
  return vi.waitUntil(
    async () => {
      const report = await as("anna", "GET", path);
      return report["status"] === status && report;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** Its plans wait, so that there is time to join, approve and cancel. */
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  mode: "enforce",
  approval: "every",
  brake: { percent: 100 },
};

const PERSON = "jane_doe";
const SUBJECT = { identifiers: [{ type: "user_identifier_key", value: PERSON }] };

beforeEach(async () => {
  await clean(engine);
  await addClientSessions([{ id: "a", person: PERSON }, { id: "b" }]);
});

describe("a sweep", () => {
  const start = async (name: Name): Promise<string> => {
    const { id } = await as(name, "POST", "/v1/sweeps", { policy: "p" });
    return `/v1/sweeps/${String(id)}`;
  };

  test("that a tick started says so, and who approved it", async () => {
    await engine.putPolicy("p", POLICY);
    await engine.tick();
    const { data } = await as("anna", "GET", "/v1/sweeps?limit=1");
    const [{ id } = { id: "" }] = data as { id: string }[];
    const path = `/v1/sweeps/${id}`;
    const waiting = await when(path, "needs_approval");
    expect(waiting).toMatchObject({
      trigger: "tick",
      started_by: null,
      joined_by: [],
      approved_by: [],
      cancelled_by: null,
    });
    const { plan_digest } = waiting;
    await as("ben", "POST", `${path}/approve`, { plan_digest });
    expect(await when(path, "completed")).toMatchObject({
      started_by: null,
      approved_by: [by("ben")],
      cancelled_by: null,
    });
  });

  test("that a person started says who, who joined it, and who first cancelled it", async () => {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    const path = await start("anna");
    await when(path, "needs_approval");
    for (const name of ["ben", "ben", "anna", "carol"] as const) {
      expect(await start(name)).toBe(path);
    }
    expect(await as("ben", "POST", `${path}/cancel`)).toMatchObject({ cancelled_by: by("ben") });
    expect(await when(path, "cancelled")).toMatchObject({
      trigger: "request",
      started_by: by("anna"),
      joined_by: [by("ben"), by("carol")],
      approved_by: [],
      cancelled_by: by("ben"),
    });
  });

  test("keeps the first who cancelled it while the stop is on its way", async () => {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    const path = await start("anna");
    await when(path, "needs_approval");
    const id = path.split("/").at(-1) ?? "";
    const answers = await Promise.all(
      ["ben", "carol"].map((name) => engine.registrar.cancelSweep(id, name)),
    );
    const done = answers.filter(({ kind }) => kind === "done");
    expect(done.length).toBeGreaterThan(0);
    for (const answer of done) {
      expect(answer).toMatchObject({ report: { cancelled_by: by("ben") } });
    }
    expect(await when(path, "cancelled")).toMatchObject({ cancelled_by: by("ben") });
  });

  test("that ends because its version has changed was cancelled by nobody", async () => {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    const path = await start("anna");
    await when(path, "needs_approval");
    await as("ben", "PUT", "/v1/policies/p", { ...POLICY, note: "another" });
    expect(await when(path, "cancelled")).toMatchObject({ cancelled_by: null });
  });

  test("that is a preview says who asked for it", async () => {
    const { id } = await as("carol", "POST", "/v1/policies/p/preview", { policy: POLICY });
    const path = `/v1/sweeps/${String(id)}`;
    expect(await when(path, "observed")).toMatchObject({
      trigger: "preview",
      started_by: by("carol"),
      joined_by: [],
      approved_by: [],
      cancelled_by: null,
    });
  });
});

describe("an erasure", () => {
  /** Above this many sessions it waits for approval. */
  const AT_MOST = { ERASURE_MAX_SESSIONS: "0" };

  test("says by which key it was asked for and approved, and names no person", async () => {
    await engine.configure(AT_MOST);
    const { id } = await as("anna", "POST", "/v1/erasures", { subject: SUBJECT });
    const path = `/v1/erasures/${String(id)}`;
    const waiting = await when(path, "needs_approval");
    expect(waiting).toMatchObject({
      started_by: by("anna"),
      approved_by: [],
      cancelled_by: null,
    });
    await as("ben", "POST", `${path}/approve`, { plan_digest: waiting["plan_digest"] });
    const report = await when(path, "completed");
    expect(report).toMatchObject({
      started_by: by("anna"),
      approved_by: [by("ben")],
      cancelled_by: null,
    });
    expect(JSON.stringify(report)).not.toContain(PERSON);
  });

  test("says who cancelled it", async () => {
    await engine.configure(AT_MOST);
    const { id } = await as("anna", "POST", "/v1/erasures", { subject: SUBJECT });
    const path = `/v1/erasures/${String(id)}`;
    await when(path, "needs_approval");
    await as("carol", "POST", `${path}/cancel`);
    expect(await when(path, "cancelled")).toMatchObject({
      started_by: by("anna"),
      approved_by: [],
      cancelled_by: by("carol"),
    });
  });

  test("that a webhook asked for names the hook", async () => {
    const body = JSON.stringify({ type: "user.deleted", data: { id: PERSON } });
    const at = new Date();
    const opened = await ask("/webhooks/deleted", {
      method: "POST",
      key: null,
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": "msg_who",
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(SECRET).sign("msg_who", at, body),
      },
    });
    expect(opened.body).toMatchObject({ started_by: by("webhook:deleted") });
    const report = await when(`/v1/erasures/${String(opened.body["id"])}`, "completed");
    expect(report).toMatchObject({ started_by: by("webhook:deleted"), approved_by: [] });
    expect(JSON.stringify(report)).not.toContain(PERSON);
  });
});

describe("the switch", () => {
  const turn = (name: Name, change: object) => as(name, "PUT", "/v1/switch", change);

  test("says who turned it on and off, and which pause ended by itself", async () => {
    await turn("anna", { paused: true, reason: "an incident" });
    await turn("ben", { source: "client_sessions", paused: true, reason: "a restore" });
    await turn("carol", { paused: false });
    await turn("carol", { source: "client_sessions", paused: false });
    // There is nothing to turn any more.
    await turn("anna", { paused: false });
    const past = Date.now() - 1000;
    const pause = { until: past, reason: "short" };
    await engine.registrar.turnSwitch({ source: null, pause }, "ben");
    await engine.tick();
    const { all, sources, turns } = await as("anna", "GET", "/v1/switch");
    expect({ all, sources }).toEqual({ all: null, sources: {} });
    const at = by("").at;
    const off = { paused: false, until: null, reason: null };
    const until = new Date(past).toISOString();
    expect(turns).toEqual([
      { source: null, ...off, by: null, at: until },
      { source: null, paused: true, until, reason: "short", by: "ben", at },
      { source: "client_sessions", ...off, by: "carol", at },
      { source: null, ...off, by: "carol", at },
      {
        source: "client_sessions",
        paused: true,
        until: null,
        reason: "a restore",
        by: "ben",
        at,
      },
      { source: null, paused: true, until: null, reason: "an incident", by: "anna", at },
    ]);
  });

  test("keeps the last hundred turns", async () => {
    const pause = { until: null, reason: "again" };
    for (let n = 0; n < 101; n++) {
      const turned = n === 0 ? pause : { ...pause, reason: `again ${n}` };
      await engine.registrar.turnSwitch({ source: null, pause: turned }, "anna");
    }
    await turn("ben", { paused: false });
    const { turns } = await as("anna", "GET", "/v1/switch");
    expect(turns).toHaveLength(100);
    expect(turns).toMatchObject({
      0: { by: "ben" },
      1: { reason: "again 100" },
      99: { reason: "again 2" },
    });
  });
});

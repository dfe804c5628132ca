import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Registrar } from "../../../src/registrar/registrar.ts";
import { DAY, openActivityWorld, PERSON, POLICY } from "../../support/activity_world.ts";
import { addClientSessions } from "../../support/sweep_world.ts";

// Who did what, through the API, of the objects as they are.

const { engine, registrar, ask, as, run, noted, told, when, start, waiting, reset } =
  await openActivityWorld();
const HOLD = {
  selector: { kind: "subject", identifiers: [{ type: "user_identifier_key", value: PERSON }] },
  ground: { text: "a claim of somebody" },
  owner: "legal",
  review_at: new Date(Date.now() + DAY).toISOString(),
};

beforeEach(reset);

describe("a sweep", () => {
  test("tells who asked for it, joined, previewed, approved and cancelled it, each once", async () => {
    const id = await waiting();
    await start("anna");
    await start("ben");
    await start("ben");
    const { plan_digest } = await as("anna", "GET", `/v1/sweeps/${id}`);
    await as("ben", "POST", `/v1/sweeps/${id}/approve`, { plan_digest });
    await when(`/v1/sweeps/${id}`, ["completed"]);
    const { id: preview } = await as("ben", "POST", "/v1/policies/p/preview", {});
    expect(await told()).toEqual([
      ["policy.written", "p", "anna"],
      ["sweep.requested", id, "anna"],
      ["sweep.joined", id, "ben"],
      ["sweep.approved", id, "ben"],
      ["sweep.previewed", preview, "ben"],
    ]);
    const [first] = await noted(`&object=${id}`);
    expect(first).toEqual({
      id: expect.stringMatching(/^act_[0-9a-z]{26}$/) as string,
      at: expect.stringMatching(/^20\d\d-.*Z$/) as string,
      actor: "anna",
      kind: "sweep.requested",
      object: { kind: "sweep", id },
      code: null,
    });
  });

  test("that is cancelled by two tells the first", async () => {
    const id = await waiting();
    await Promise.all(["anna", "ben"].map((name) => registrar.cancelSweep(id, name)));
    expect(await when(`/v1/sweeps/${id}`, ["cancelled"])).toMatchObject({ stop_reason: null });
    expect(await told("&kind=sweep.cancelled,sweep.stopped")).toEqual([
      ["sweep.cancelled", id, "anna"],
    ]);
  });

  test("that is asked for again under one key is told once, and one that a tick starts is not", async () => {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    const once = { "idempotency-key": crypto.randomUUID() };
    const id = await start("anna", once);
    expect(await start("anna", once)).toBe(id);
    await engine.putPolicy("q", { ...POLICY, mode: "observe" });
    await engine.sweep();
    expect(await told("&kind=sweep.requested,sweep.joined")).toEqual([
      ["sweep.requested", id, "anna"],
    ]);
    expect(await told("&object=q")).toEqual([["policy.written", "q", null, "kv"]]);
  });

  test("that nobody noted was not approved: both are one turn", async () => {
    const id = await waiting();
    const { plan_digest } = await as("anna", "GET", `/v1/sweeps/${id}`);
    await run(
      "CREATE TRIGGER full BEFORE INSERT ON activity BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    const tried = await runInDurableObject(registrar, async (instance: Registrar) =>
      instance.approveSweep(id, String(plan_digest), "ben").catch(String),
    );
    expect(tried).toContain("full");
    await run("DROP TRIGGER full");
    expect(await registrar.sweep(id)).toMatchObject({ status: "needs_approval", approved_by: [] });
  });
});

describe("an erasure", () => {
  const SUBJECT = { identifiers: [{ type: "user_identifier_key", value: PERSON }] };
  const open = async (subject: object): Promise<string> =>
    String((await as("anna", "POST", "/v1/erasures", { subject, reference: PERSON }))["id"]);

  test("tells who asked for it, approved and cancelled it, and of nobody else", async () => {
    await engine.configure({ ERASURE_MAX_SESSIONS: "0" });
    const first = await open(SUBJECT);
    const path = `/v1/erasures/${first}`;
    const { plan_digest } = await when(path, ["needs_approval"]);
    await as("ben", "POST", `${path}/approve`, { plan_digest });
    await when(path, ["completed"]);
    await addClientSessions([{ id: "c", person: PERSON }]);
    const second = await open(SUBJECT);
    await when(`/v1/erasures/${second}`, ["needs_approval"]);
    await as("ben", "POST", `/v1/erasures/${second}/cancel`);
    await when(`/v1/erasures/${second}`, ["cancelled"]);
    expect(await told()).toEqual([
      ["erasure.requested", first, "anna"],
      ["erasure.approved", first, "ben"],
      ["erasure.requested", second, "anna"],
      ["erasure.cancelled", second, "ben"],
    ]);
    expect(JSON.stringify(await noted())).not.toContain(PERSON);
  });

  test("that contradicts itself ended by itself, and one of a hook names the hook", async () => {
    await addClientSessions([
      { id: "twin", workspace: "w1" },
      { id: "twin", workspace: "w2" },
    ]);
    const id = await open({ identifiers: [{ type: "client_session_id", value: "twin" }] });
    await when(`/v1/erasures/${id}`, ["conflict"]);
    const opened = await registrar.openErasure(
      {
        identifiers: [{ type: "user_identifier_key", value: "nobody" }],
        sources: null,
        scopes: null,
        regulation: null,
        requested_at: Date.now(),
        reference: null,
        dry_run: false,
      },
      "webhook:deleted",
      null,
      { hook: "deleted", webhook_id: crypto.randomUUID(), body_hash: "x", max_per_hour: 9 },
    );
    const hooked = opened.kind === "opened" ? opened.erasure.id : "";
    expect(await told()).toEqual([
      ["erasure.requested", id, "anna"],
      ["erasure.stopped", id, null, "conflict"],
      ["erasure.requested", hooked, "webhook:deleted"],
    ]);
    expect(await told("&actor=webhook:deleted")).toHaveLength(1);
  });
});

describe("holds, the switch, policies and imports", () => {
  test("a hold tells who placed and released it, and that it ended", async () => {
    const { id: first } = await as("anna", "POST", "/v1/holds", HOLD);
    await as("ben", "POST", `/v1/holds/${String(first)}/release`, {});
    const soon = new Date(Date.now() + 50).toISOString();
    const { id: second } = await as("anna", "POST", "/v1/holds", { ...HOLD, ends_at: soon });
    await vi.waitUntil(() => Date.now() > Date.parse(soon));
    await engine.tick();
    expect(await told()).toEqual([
      ["hold.placed", first, "anna"],
      ["hold.released", first, "ben"],
      ["hold.placed", second, "anna"],
      ["hold.ended", second, null],
    ]);
    expect(JSON.stringify(await noted())).not.toMatch(/jane|legal|claim/);
  });

  test("the switch tells who turned it for what, and that a pause ended", async () => {
    const pause = { paused: true, reason: "of jane_doe" };
    await as("anna", "PUT", "/v1/switch", pause);
    await as("ben", "PUT", "/v1/switch", { paused: false });
    await as("ben", "PUT", "/v1/switch", { paused: false });
    const until = new Date(Date.now() + 50).toISOString();
    await as("anna", "PUT", "/v1/switch", { ...pause, source: "client_sessions", until });
    await vi.waitUntil(() => Date.now() > Date.parse(until));
    await engine.tick();
    expect(await told()).toEqual([
      ["switch.paused", "*", "anna"],
      ["switch.resumed", "*", "ben"],
      ["switch.paused", "client_sessions", "anna"],
      ["switch.resumed", "client_sessions", null],
    ]);
    expect(JSON.stringify(await noted())).not.toContain("jane");
  });

  test("a policy tells who wrote and deleted it, also in KV; the same again is nothing new", async () => {
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    await as("anna", "PUT", "/v1/policies/p", POLICY);
    await as("ben", "DELETE", "/v1/policies/p");
    await engine.putPolicy("k", { ...POLICY, mode: "observe" });
    await engine.tick();
    await env.POLICIES.delete("policy:k");
    await engine.tick();
    await run("UPDATE policy_versions SET missing_since = missing_since - ?", DAY);
    await engine.tick();
    await engine.tick();
    expect(await told("&kind=policy.written,policy.deleted")).toEqual([
      ["policy.written", "p", "anna"],
      ["policy.deleted", "p", "ben"],
      ["policy.written", "k", null, "kv"],
      ["policy.deleted", "k", null, "kv"],
    ]);
  });

  test("an import tells who made it, and into what", async () => {
    const id = crypto.randomUUID();
    const session = { client_session_id: id, workspace_id: crypto.randomUUID() };
    const send = async (): Promise<number> => {
      const { status } = await ask("/v1/sessions/import", {
        method: "POST",
        key: "seam_lethe_anna",
        headers: { "content-type": "application/x-ndjson" },
        body: JSON.stringify({ source: "client_sessions", session }),
      });
      return status;
    };
    expect([await send(), await send()]).toEqual([201, 409]);
    expect(await told()).toEqual([["sessions.imported", "client_sessions", "anna"]]);
  });
});

test("entries go with reports, some at a time; those of erasures and holds stay", async () => {
  await as("anna", "POST", "/v1/holds", HOLD);
  await as("anna", "PUT", "/v1/policies/p", POLICY);
  await run(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
     INSERT INTO activity (id, at, actor, kind, object, code, for_good)
     SELECT 'act_0' || printf('%025d', i), 0, 'ben', iif(i = 1, 'erasure.requested', 'policy.written'),
            'x', NULL, i = 1 FROM n`,
  );
  const count = async (): Promise<number> =>
    runInDurableObject(
      registrar,
      (_instance, { storage }) =>
        storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM activity").one().n,
    );
  await engine.configure({ REPORTS_KEPT: "P90D" });
  await engine.tick();
  expect(await count()).toBe(602 - 500);
  await engine.tick();
  expect(await told()).toEqual([
    ["erasure.requested", "x", "ben"],
    expect.arrayContaining(["hold.placed"]),
    ["policy.written", "p", "anna"],
  ]);
});

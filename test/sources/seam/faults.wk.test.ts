import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../fakes/faults.ts";
import { THROTTLE_MS } from "../../../src/sources/answer.ts";
import { SEAM_LIMITS } from "../../../src/sources/seam/source.ts";
import type { CallSource } from "../../../src/sources/source.ts";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import {
  closedTurn,
  FAKE_KEY,
  limitTo,
  listAll,
  NOW,
  openOn,
  planned,
  removeOne,
  TURN,
} from "../../support/seam_open.ts";

const ID = "11111111-1111-4111-8111-111111111111";
const PERSON = "jane_doe";
const TOKEN = "seam_cst_live_credential";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("seam");
});
beforeEach(() =>
  fake.seed({ sessions: [{ client_session_id: ID, user_identifier_key: PERSON, token: TOKEN }] }),
);
afterEach(() => fake.reset());

const status = (code: number, body: unknown = "Sorry", headers = {}): FaultRule => ({
  kind: "status",
  status: code,
  body,
  headers,
});
const GONE = {
  error: { type: "client_session_not_found", message: "Client session not found" },
  ok: false,
};

/** How each fault reads to the three questions: list, read, remove; and whether the session is still there. */
const TABLE: readonly (readonly [string, FaultRule, string, string, string, boolean])[] = [
  ["429", status(429), "throttled", "throttled", "failed throttled", true],
  [
    "400",
    status(400, { error: { type: "invalid_input" } }),
    "invalid",
    "invalid",
    "refused invalid",
    true,
  ],
  ["401", status(401, GONE), "unauthorized", "unauthorized", "failed unauthorized", true],
  ["403", status(403), "forbidden", "forbidden", "failed forbidden", true],
  ["500", status(500), "unavailable", "unavailable", "unknown unavailable", true],
  [
    "500 after the effect",
    { ...status(500), apply: true } as FaultRule,
    "unavailable",
    "unavailable",
    "unknown unavailable",
    false,
  ],
  [
    "503 with an empty body",
    { kind: "status", status: 503 },
    "unavailable",
    "unavailable",
    "unknown unavailable",
    true,
  ],
  ["200 HTML", { kind: "html" }, "invalid", "invalid", "unknown invalid", true],
  [
    "200 HTML after the effect",
    { kind: "html", apply: true },
    "invalid",
    "invalid",
    "unknown invalid",
    false,
  ],
  [
    "200 that says ok false",
    { kind: "empty_ok", body: { ok: false } },
    "invalid",
    "invalid",
    "unknown invalid",
    true,
  ],
  ["204", { kind: "status", status: 204 }, "unavailable", "invalid", "unknown invalid", true],
  ["404 HTML", { kind: "html", status: 404 }, "invalid", "invalid", "failed invalid", true],
  [
    "404 of another thing",
    status(404, { error: { type: "workspace_not_found" } }),
    "invalid",
    "invalid",
    "failed invalid",
    true,
  ],
  [
    "a redirect",
    { kind: "redirect", location: "/client_sessions/list" },
    "invalid",
    "invalid",
    "failed invalid",
    true,
  ],
  [
    "a permanent redirect",
    { kind: "redirect", status: 308, location: "/client_sessions/delete" },
    "invalid",
    "invalid",
    "failed invalid",
    true,
  ],
  [
    "a reset before the effect",
    { kind: "reset_before" },
    "unavailable",
    "unavailable",
    "unknown unavailable",
    true,
  ],
  [
    "a reset after the effect",
    { kind: "reset_after" },
    "unavailable",
    "unavailable",
    "unknown unavailable",
    false,
  ],
  ["a hang", { kind: "hang" }, "unavailable", "unavailable", "unknown unavailable", true],
  [
    "a hang after the effect",
    { kind: "hang", apply: true },
    "unavailable",
    "unavailable",
    "unknown unavailable",
    false,
  ],
  [
    "a body that breaks off",
    { kind: "truncate", bytes: 5 },
    "unavailable",
    "unavailable",
    "unknown unavailable",
    false,
  ],
  [
    "a body that is short and looks whole",
    { kind: "truncate", bytes: 5, clean: true },
    "unavailable",
    "invalid",
    "unknown invalid",
    false,
  ],
];

/** Only a hang is worth giving up soon: anything else must not depend on how busy the machine is. */
function openFor(rule: FaultRule): CallSource {
  return openOn(fake.url, rule.kind === "hang" ? limitTo({ headers_ms: 200 }) : SEAM_LIMITS);
}

describe.each(TABLE)("%s", (_, rule, listed, read, removed, remains) => {
  it(`is ${listed} to a list`, async () => {
    await fake.faults(rule);
    const { fault } = await listAll(openFor(rule));
    expect(fault).toMatchObject({ kind: listed });
    expect(await fake.calls()).toHaveLength(1);
  });

  it(`is ${read} to a read`, async () => {
    await fake.faults(rule);
    const answer = await openFor(rule).read(planned(ID), TURN);
    expect(answer).toMatchObject({ ok: false, error: { kind: read } });
  });

  it(`is ${removed} to a removal`, async () => {
    await fake.faults(rule);
    const removal = await removeOne(openFor(rule), ID);
    expect(`${removal.kind} ${"fault" in removal ? removal.fault.kind : ""}`).toBe(removed);
    expect((await fake.state({ id: ID }))["session"] !== null).toBe(remains);
    expect(await fake.calls()).toHaveLength(1);
  });

  it("says nothing of the key, the session or the person", async () => {
    await fake.faults({ ...rule, times: "always" });
    const source = openFor(rule);
    const person = {
      kind: "person",
      identifiers: [{ type: "user_identifier_key", value: PERSON }],
    } as const;
    const { fault } = await listAll(source, person);
    const said = JSON.stringify([
      fault,
      await source.read(planned(ID), TURN),
      await removeOne(source, ID),
    ]);
    for (const secret of [FAKE_KEY, ID, PERSON, TOKEN, "Sorry", fake.url]) {
      expect(said).not.toContain(secret);
    }
  });
});

describe("a key that is refused in the middle", () => {
  it("fails the removal that met it, and leaves that session", async () => {
    const another = "22222222-2222-4222-8222-222222222222";
    await fake.seed({ sessions: [{ client_session_id: another }] });
    await fake.faults({ ...status(401, GONE), skip: 1, times: "always" });
    const source = openOn(fake.url);
    expect(await removeOne(source, ID)).toEqual({ kind: "deleted" });
    expect(await removeOne(source, another)).toMatchObject({
      kind: "failed",
      fault: { kind: "unauthorized" },
    });
    expect(await fake.state()).toMatchObject({ sessions: 1 });
  });

  it("ends a search of several lists", async () => {
    await fake.faults({ ...status(401), skip: 1 });
    const identifiers = [
      { type: "user_identifier_key", value: PERSON },
      { type: "client_session_id", value: ID },
    ];
    const { pages, fault } = await listAll(openOn(fake.url), { kind: "person", identifiers });
    expect({ pages, fault }).toMatchObject({ pages: 1, fault: { kind: "unauthorized" } });
  });
});

describe("the wait that an answer asks for", () => {
  it.each([
    ["seconds", "7", NOW + 7000],
    ["a date", new Date(NOW + 60_000).toUTCString(), NOW + 60_000],
    ["nothing readable", "soon", NOW + THROTTLE_MS],
  ])("is kept when it is %s", async (_, header, until) => {
    await fake.faults(status(429, {}, { "retry-after": header }));
    expect(await removeOne(openOn(fake.url), ID)).toMatchObject({
      kind: "failed",
      fault: { kind: "throttled", until },
    });
  });

  it("is kept at 503 too, where the removal may have happened", async () => {
    await fake.faults(status(503, "", { "retry-after": "7" }));
    expect(await removeOne(openOn(fake.url), ID)).toMatchObject({
      kind: "unknown",
      fault: { kind: "throttled", until: NOW + 7000 },
    });
  });
});

describe("a list in trouble", () => {
  it.each([
    ["breaks off", false],
    ["breaks off and looks whole", true],
  ])("does not count when it %s after many sessions", async (_, clean) => {
    await fake.seed({ generate: { count: 5000 } });
    await fake.faults({ kind: "truncate", bytes: 1_000_000, clean });
    const { sessions, fault } = await listAll(openOn(fake.url));
    expect(sessions.length).toBeGreaterThan(500);
    expect(fault).toMatchObject({ kind: "unavailable" });
  });

  it("is given up when it falls silent", async () => {
    await fake.seed({ generate: { count: 1000 } });
    await fake.faults({ kind: "slow", chunk_delay_ms: 3000 });
    const { fault } = await listAll(openOn(fake.url, limitTo({ idle_ms: 200 })));
    expect(fault).toMatchObject({
      kind: "unavailable",
      detail: expect.stringContaining("stopped") as string,
    });
  });

  it("is given up when it never ends, though it never falls silent", async () => {
    await fake.seed({ generate: { count: 20_000 } });
    await fake.faults({ kind: "slow", chunk_delay_ms: 100 });
    const { fault } = await listAll(openOn(fake.url, limitTo({ total_ms: 1000 })));
    expect(fault).toMatchObject({
      kind: "unavailable",
      detail: expect.stringContaining("longer") as string,
    });
  });

  it("is whole although it is slow", async () => {
    await fake.seed({ generate: { count: 1000 } });
    await fake.faults({ kind: "slow", chunk_delay_ms: 20 });
    const { sessions, fault } = await listAll(openOn(fake.url));
    expect(fault).toBeNull();
    expect(sessions).toHaveLength(1001);
  });
});

describe("a call that does not go out", () => {
  it("did not happen when the slice may ask no more", async () => {
    const fault = { kind: "exhausted", until: NOW, detail: "no more calls" } as const;
    expect(await removeOne(openOn(fake.url), ID, closedTurn(fault))).toMatchObject({
      kind: "failed",
      fault: { kind: "exhausted" },
    });
  });

  it("did not happen without a key, and says which source needs one", async () => {
    const source = openOn(fake.url, SEAM_LIMITS, null);
    expect(await removeOne(source, ID)).toMatchObject({
      kind: "failed",
      fault: { kind: "unauthorized", detail: expect.stringContaining("client_sessions") as string },
    });
    expect(await source.read(planned(ID), TURN)).toMatchObject({ error: { kind: "unauthorized" } });
    expect((await listAll(source)).fault).toMatchObject({ kind: "unauthorized" });
    expect(await fake.calls()).toEqual([]);
  });

  it("is refused with a wrong key, and the session stays", async () => {
    const removal = await removeOne(openOn(fake.url, SEAM_LIMITS, "seam_wrong"), ID);
    expect(removal).toMatchObject({ kind: "failed", fault: { kind: "unauthorized" } });
    expect((await fake.state({ id: ID }))["session"]).not.toBeNull();
  });

  it("is not answered from an answer that is too large", async () => {
    await fake.faults({ kind: "empty_ok", body: { client_session: "x".repeat(1_100_000) } });
    expect(await openOn(fake.url).read(planned(ID), TURN)).toMatchObject({
      error: { kind: "invalid" },
    });
  });
});

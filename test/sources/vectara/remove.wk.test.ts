import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CallRemoval } from "../../../src/sources/source.ts";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import { HURRIED, NOW, openOn, openTurn } from "../../support/vectara_source.ts";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("vectara");
});
beforeEach(async () => {
  await fake.reset();
  const sessions = [{ key: "s-1", created_at: "2026-01-15T10:30:00Z" }];
  await fake.seed({ agents: [{ key: "agent_a", sessions }] });
});

const REF = { scope: "agent_a", id: "s-1" };
const SESSION = "/v2/agents/agent_a/sessions/s-1";

async function remove(ref = REF, turn = openTurn(), url = fake.url): Promise<CallRemoval> {
  return openOn(url, {}, HURRIED).remove(ref, turn);
}

async function isThere(): Promise<boolean> {
  return (await fake.state({ agent_key: REF.scope, id: REF.id }))["session"] !== null;
}

describe("removing a session", () => {
  it("is done at an empty 204", async () => {
    expect(await remove()).toEqual({ kind: "deleted" });
    expect(await isThere()).toBe(false);
    expect(await fake.calls()).toMatchObject([{ method: "DELETE", path: SESSION, search: "" }]);
  });

  it("asks before anything is awaited", () => {
    let asked = 0;
    const turn = openTurn();
    void openOn(fake.url).remove(
      { scope: "agent_a", id: "none" },
      {
        ...turn,
        fetch: (url, init) => {
          asked += 1;
          return turn.fetch(url, init);
        },
      },
    );
    expect(asked).toBe(1);
  });

  it("finds a session absent only when the agent itself answers", async () => {
    await remove();
    expect(await remove()).toEqual({ kind: "absent" });
    const last = (await fake.calls()).at(-1);
    expect(last).toMatchObject({ method: "GET", path: "/v2/agents/agent_a", status: 200 });
  });

  it("says nothing about sessions of an agent that is missing", async () => {
    const removal = await remove({ scope: "agent_gone", id: "s-1" });
    expect(removal).toMatchObject({
      kind: "failed",
      fault: { kind: "missing", scope: "agent_gone" },
    });
  });

  it.each([
    ["HTML", { kind: "html", status: 404 }],
    ["no body", { kind: "status", status: 404 }],
    ["another object", { kind: "status", status: 404, body: { error: "no route" } }],
    ["a list", { kind: "status", status: 404, body: [{ messages: ["x"] }] }],
  ] as const)("takes a 404 with %s for a fault", async (_name, rule) => {
    await fake.faults({ ...rule, match: { method: "DELETE" } });
    expect(await remove()).toMatchObject({ kind: "failed", fault: { kind: "invalid" } });
  });

  it.each([
    ["HTML", { kind: "html" }, { kind: "invalid" }],
    ["another agent", { kind: "empty_ok", body: { key: "agent_b" } }, { kind: "invalid" }],
    ["a gateway's 404", { kind: "html", status: 404 }, { kind: "invalid" }],
    ["500", { kind: "status", status: 500 }, { kind: "unavailable" }],
    ["403", { kind: "status", status: 403 }, { kind: "forbidden", scope: "agent_a" }],
  ] as const)("believes no 404 while the agent answers %s", async (_name, rule, fault) => {
    await remove();
    await fake.faults({ ...rule, match: { method: "GET", path: "^/v2/agents/agent_a$" } });
    expect(await remove()).toMatchObject({ kind: "failed", fault });
  });

  it("believes no 404 when there is no call left to ask the agent", async () => {
    await remove();
    expect(await remove(REF, openTurn(1))).toMatchObject({
      kind: "failed",
      fault: { kind: "exhausted" },
    });
  });

  it.each([
    ["401", { kind: "status", status: 401 }, "failed", { kind: "unauthorized" }],
    ["403", { kind: "status", status: 403 }, "failed", { kind: "forbidden", scope: "agent_a" }],
    [
      "429",
      { kind: "status", status: 429, headers: { "retry-after": "7" } },
      "failed",
      { kind: "throttled", until: NOW + 7000 },
    ],
    [
      "400",
      { kind: "status", status: 400, body: { messages: ["no"] } },
      "refused",
      { kind: "invalid" },
    ],
    ["422", { kind: "status", status: 422 }, "refused", { kind: "invalid" }],
    ["409", { kind: "status", status: 409 }, "failed", { kind: "unavailable" }],
    ["a redirect", { kind: "redirect", location: "/" }, "failed", { kind: "invalid" }],
    ["500", { kind: "status", status: 500 }, "unknown", { kind: "unavailable" }],
    [
      "502 after the effect",
      { kind: "status", status: 502, apply: true },
      "unknown",
      { kind: "unavailable" },
    ],
    ["200 with JSON", { kind: "empty_ok", body: {} }, "unknown", { kind: "invalid" }],
    ["200 with HTML", { kind: "html" }, "unknown", { kind: "invalid" }],
    ["202", { kind: "empty_ok", status: 202 }, "unknown", { kind: "invalid" }],
    ["a reset before the effect", { kind: "reset_before" }, "unknown", { kind: "unavailable" }],
    ["a reset after the effect", { kind: "reset_after" }, "unknown", { kind: "unavailable" }],
    ["a hang", { kind: "hang" }, "unknown", { kind: "unavailable" }],
    ["a hang after the effect", { kind: "hang", apply: true }, "unknown", { kind: "unavailable" }],
  ] as const)("%s: %s is %s", async (_name, rule, kind, fault) => {
    await fake.faults({ ...rule, match: { method: "DELETE" } });
    expect(await remove()).toMatchObject({ kind, fault });
  });

  it("is resolved by a read after an answer was lost", async () => {
    await fake.faults({ kind: "reset_after", match: { method: "DELETE" } });
    expect(await remove()).toMatchObject({ kind: "unknown" });
    expect(await openOn(fake.url).read(REF, openTurn())).toEqual({ ok: true, value: null });
  });

  it("did not happen when the call could not go out", async () => {
    expect(await remove(REF, openTurn(0))).toMatchObject({
      kind: "failed",
      fault: { kind: "exhausted" },
    });
    expect(await isThere()).toBe(true);
  });

  it("never follows a redirect with the key", async () => {
    const location = `${fake.url}/v2/agents/agent_a/sessions/elsewhere`;
    await fake.faults({ kind: "redirect", status: 307, location, match: { method: "DELETE" } });
    await remove();
    expect(await fake.calls()).toHaveLength(1);
  });

  it("keeps keys out of its faults", async () => {
    await fake.faults({ kind: "status", status: 500, times: "always" });
    const removal = await remove();
    const read = await openOn(fake.url).read(REF, openTurn());
    expect(JSON.stringify([removal, read])).not.toContain("s-1");
  });

  it("encodes keys, and refuses one that would name another path", async () => {
    expect(await remove({ scope: "agent_a", id: "a?b#c%2F" })).toEqual({ kind: "absent" });
    const paths = (await fake.calls()).map(({ path, search }) => path + search);
    expect(paths[0]).toBe("/v2/agents/agent_a/sessions/a%3Fb%23c%252F");
    await expect(remove({ scope: "agent_a", id: ".." })).rejects.toThrow(/reference/);
    expect(await isThere()).toBe(true);
  });
});

describe("reading a session", () => {
  it("gives it as it is now", async () => {
    await fake.effects({ effect: { do: "set", fields: { status: "running" } } });
    const read = await openOn(fake.url).read(REF, openTurn());
    expect(read).toMatchObject({ ok: true, value: { ...REF, busy: true } });
  });

  it.each([
    [
      "another session",
      { kind: "empty_ok", body: { key: "s-2", agent_key: "agent_a" } },
      "invalid",
    ],
    [
      "another agent's",
      { kind: "empty_ok", body: { key: "s-1", agent_key: "agent_b" } },
      "unreadable",
    ],
    ["HTML", { kind: "html" }, "invalid"],
    ["a gateway's 404", { kind: "html", status: 404 }, "invalid"],
    ["403", { kind: "status", status: 403 }, "forbidden"],
    ["401", { kind: "status", status: 401 }, "unauthorized"],
  ] as const)("takes %s for a fault, not for a session that is gone", async (_name, rule, kind) => {
    await fake.faults({ ...rule, match: { path: SESSION } });
    const read = await openOn(fake.url).read(REF, openTurn());
    expect(read).toMatchObject({ ok: false, error: { kind } });
  });
});

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import { HURRIED, NOW, openOn, openTurn, walk } from "../../support/vectara_source.ts";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("vectara");
});
beforeEach(async () => {
  await fake.reset();
});

const CREATED = "2026-01-15T10:30:00Z";
const SESSIONS_OF_A = { path: "/v2/agents/agent_a/sessions" };

/** An agent with so many sessions. */
function agent(key: string, count: number) {
  const sessions = Array.from({ length: count }, (_, i) => ({
    key: `${key}_${i}`,
    metadata: { user_id: `u-${i}` },
    created_at: CREATED,
  }));
  return { key, sessions };
}

describe("a walk through all agents and sessions", () => {
  it.each(["absent", "empty"])(
    "reads every page once, with an %s page key at the end",
    async (end) => {
      await fake.configure({ page_end: end, paging: "offset" });
      const agents = [agent("agent_a", 250), agent("agent_b", 0), agent("agent_c", 100)];
      await fake.seed({ agents });
      const { sessions, fault, unsearched } = await walk(openOn(fake.url));
      expect(fault).toBeNull();
      expect(unsearched).toEqual([]);
      const found = sessions.map(({ scope, id }) => `${scope}/${id}`);
      const there = agents.flatMap(({ key, sessions: rows }) =>
        rows.map((row) => `${key}/${row.key}`),
      );
      expect(found).toEqual(there);
    },
  );

  it("walks more agents than one page holds, disabled ones too, in cursors of bounded size", async () => {
    const agents = Array.from({ length: 130 }, (_, i) => ({
      ...agent(`agent_${i}`, 1),
      enabled: i % 2 === 0,
    }));
    await fake.seed({ agents });
    const { sessions, cursors, fault } = await walk(openOn(fake.url));
    expect(fault).toBeNull();
    expect(new Set(sessions.map(({ scope }) => scope)).size).toBe(130);
    expect(Math.max(...cursors.map((cursor) => cursor.length))).toBeLessThan(6000);
    const calls = await fake.calls();
    expect(calls.filter(({ search }) => search.includes("enabled"))).toEqual([]);
    expect(calls.every(({ search }) => search.includes("limit=100"))).toBe(true);
  });

  it("reads one page in one call of the port", async () => {
    await fake.seed({ agents: [agent("agent_a", 150)] });
    const source = openOn(fake.url);
    const first = await source.list({ kind: "all" }, null, () => {}, openTurn(1));
    if (!first.ok || first.value.next === null) {
      throw new Error("the first page is the agents");
    }
    const rows: number[] = [];
    const sink = (page: readonly unknown[]): void => void rows.push(page.length);
    const second = await source.list({ kind: "all" }, first.value.next, sink, openTurn(1));
    expect(second.ok && second.value.next).toBeTypeOf("string");
    expect(rows).toEqual([100]);
  });

  it("reads sessions that name their key `id` and have no name, and offsets in timestamps", async () => {
    await fake.configure({ id_field: "id" });
    const sessions = [
      { key: "s-1", created_at: "2026-01-15T12:30:00.5+02:00", raw: true, surprise: [1] },
    ];
    await fake.seed({ agents: [{ key: "agent_a", sessions }] });
    const walked = await walk(openOn(fake.url));
    expect(walked.fault).toBeNull();
    expect(walked.sessions).toMatchObject([
      {
        scope: "agent_a",
        id: "s-1",
        clocks: { created_at: Date.parse("2026-01-15T10:30:00.5Z") },
        activity_read: false,
        busy: false,
        parent: null,
      },
    ]);
  });

  it("keeps number and string apart in metadata", async () => {
    const sessions = [
      { key: "number", metadata: { user_id: 7 }, created_at: CREATED },
      { key: "string", metadata: { user_id: "7" }, created_at: CREATED },
    ];
    await fake.seed({ agents: [{ key: "agent_a", sessions }] });
    const walked = await walk(openOn(fake.url));
    const values = walked.sessions.map(
      ({ person }) => person.find(({ type }) => type === "metadata:user_id")?.values,
    );
    expect(values).toEqual([[7], ["7"]]);
  });
});

describe("an agent that does not answer for its sessions", () => {
  it("is passed over and reported when it is forbidden", async () => {
    await fake.seed({ agents: [agent("agent_a", 3), agent("agent_b", 2)] });
    await fake.faults({ kind: "status", status: 403, match: SESSIONS_OF_A });
    const { sessions, unsearched, fault } = await walk(openOn(fake.url));
    expect(fault).toBeNull();
    expect(unsearched).toEqual(["agent_a"]);
    expect(sessions.map(({ scope }) => scope)).toEqual(["agent_b", "agent_b"]);
  });

  it("is passed over and reported when it was deleted since it was listed", async () => {
    await fake.seed({ agents: [agent("agent_a", 3), agent("agent_b", 2)] });
    await fake.effects({ match: SESSIONS_OF_A, effect: { do: "delete_agent" } });
    const { sessions, unsearched, fault } = await walk(openOn(fake.url));
    expect(fault).toBeNull();
    expect(unsearched).toEqual(["agent_a"]);
    expect(sessions).toHaveLength(2);
  });

  it("stops the walk when its 404 is not Vectara's", async () => {
    await fake.seed({ agents: [agent("agent_a", 3)] });
    await fake.faults({ kind: "html", status: 404, match: SESSIONS_OF_A });
    expect((await walk(openOn(fake.url))).fault).toMatchObject({ kind: "invalid" });
  });
});

describe("answers that must not be trusted", () => {
  it.each([
    ["HTML with status 200", { kind: "html" }],
    ["an empty object", { kind: "empty_ok", body: {} }],
    ["a redirect", { kind: "redirect", location: "https://example.com/" }],
    ["a body that ends early", { kind: "truncate", clean: true }],
    ["a row without a key", { kind: "empty_ok", body: { sessions: [{ name: "x" }] } }],
    ["a key that is a path", { kind: "empty_ok", body: { sessions: [{ key: ".." }] } }],
    [
      "a page key that is no text",
      { kind: "empty_ok", body: { sessions: [], metadata: { page_key: 7 } } },
    ],
  ] as const)("%s is a fault, and no row of the page is used", async (_name, rule) => {
    await fake.seed({ agents: [agent("agent_a", 3)] });
    await fake.faults({ ...rule, match: SESSIONS_OF_A });
    const { sessions, fault } = await walk(openOn(fake.url));
    expect(fault).toMatchObject({ kind: "invalid" });
    expect(sessions).toEqual([]);
  });

  it("an account without a list of agents is not an account without agents", async () => {
    await fake.faults({ kind: "empty_ok", body: {} });
    expect((await walk(openOn(fake.url))).fault).toMatchObject({ kind: "invalid" });
  });

  it("a row of another agent costs itself, and is named", async () => {
    await fake.seed({
      agents: [agent("agent_a", 2)],
      sessions: [{ agent: "agent_a", key: "stray", agent_key: "agent_b", created_at: CREATED }],
    });
    const { sessions, fault, unreadable } = await walk(openOn(fake.url));
    expect(fault).toBeNull();
    expect(sessions).toHaveLength(2);
    expect(unreadable).toEqual([{ scope: "agent_a", id: "stray" }]);
  });

  it("pages that never end are a fault", async () => {
    await fake.seed({ agents: [agent("agent_a", 1)] });
    const same = { sessions: [], metadata: { page_key: "again" } };
    await fake.faults({ kind: "empty_ok", body: same, times: "always", match: SESSIONS_OF_A });
    const { fault, cursors } = await walk(openOn(fake.url));
    expect(fault).toMatchObject({ kind: "invalid" });
    expect(cursors.length).toBeLessThan(5);
  });

  it("more pages than the limit are a fault, although each has another key", async () => {
    await fake.seed({ agents: [agent("agent_a", 250)] });
    expect((await walk(openOn(fake.url, {}, { max_pages: 3 }))).fault).toBeNull();
    const { fault } = await walk(openOn(fake.url, {}, { max_pages: 2 }));
    expect(fault).toMatchObject({ kind: "invalid" });
  });

  it.each(["offset", "key"])(
    "a page that is too large is halved, down to one session, and none is missed (pages by %s)",
    async (paging) => {
      await fake.configure({ paging });
      const large = { key: "large", metadata: { note: "x".repeat(20_000) }, created_at: CREATED };
      const { sessions: rows, key } = agent("agent_a", 230);
      const all = [...rows.slice(0, 150), large, ...rows.slice(150)];
      await fake.seed({ agents: [{ key, sessions: all }, agent("agent_b", 3)] });
      const { fault, sessions } = await walk(openOn(fake.url, {}, { page_bytes: 18_000 }));
      expect(fault).toBeNull();
      const found = new Set(sessions.map(({ scope, id }) => `${scope}/${id}`));
      expect(found.size).toBe(234);
      const limits = (await fake.calls()).map(({ search }) => /limit=(\d+)/.exec(search)?.[1]);
      expect(new Set(limits)).toEqual(new Set(["100", "50", "25", "12", "6", "3", "1"]));
      expect(limits.at(-1)).toBe("100");
    },
  );

  it("rows are read one by one: a page may be larger than what is held of an answer", async () => {
    await fake.seed({ agents: [agent("agent_a", 100)] });
    const limits = { headers_ms: 5000, idle_ms: 5000, total_ms: 5000, body_bytes: 2000 };
    expect((await walk(openOn(fake.url, {}, { limits }))).sessions).toHaveLength(100);
  });

  it("agents that say a lot about themselves are listed, and one that no path can name is told", async () => {
    const instructions = "x".repeat(1_200_000);
    await fake.seed({
      agents: [{ ...agent("agent_a", 1), instructions }, { key: "a/b" }, agent("agent_c", 1)],
    });
    const { fault, sessions, unsearched } = await walk(openOn(fake.url));
    expect(fault).toBeNull();
    expect(sessions.map(({ id }) => id)).toEqual(["agent_a_0", "agent_c_0"]);
    expect(unsearched).toEqual(["a/b"]);
  });

  it("a cursor that another version wrote is a fault", async () => {
    const page = await openOn(fake.url).list({ kind: "all" }, '{"v":0}', () => {}, openTurn());
    expect(page).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });
});

describe("faults of the whole source", () => {
  it.each([
    ["401", { kind: "status", status: 401 }, { kind: "unauthorized" }],
    [
      "403 for the agents themselves",
      { kind: "status", status: 403 },
      { kind: "forbidden", scope: null },
    ],
    [
      "429 with Retry-After",
      { kind: "status", status: 429, headers: { "retry-after": "30" } },
      { kind: "throttled", until: NOW + 30_000 },
    ],
    ["500", { kind: "status", status: 500, body: "boom" }, { kind: "unavailable" }],
    ["a reset", { kind: "reset_before" }, { kind: "unavailable" }],
    ["a body broken off", { kind: "truncate" }, { kind: "unavailable" }],
    ["a hang", { kind: "hang" }, { kind: "unavailable" }],
  ] as const)("%s", async (_name, rule, expected) => {
    await fake.seed({ agents: [agent("agent_a", 1)] });
    await fake.faults(rule);
    expect((await walk(openOn(fake.url, {}, HURRIED))).fault).toMatchObject(expected);
  });

  it("a 429 without Retry-After still names a time to come", async () => {
    await fake.faults({ kind: "status", status: 429 });
    const { fault } = await walk(openOn(fake.url));
    expect(fault?.kind === "throttled" && fault.until > NOW).toBe(true);
  });

  it("a wrong key is never sent to anybody's log, and stops the source", async () => {
    await fake.configure({ bad_key_status: 401, bad_key_body: "none" });
    const credential = "zut_wrong_key";
    const { fault } = await walk(openOn(fake.url, { credential }));
    expect(fault).toMatchObject({ kind: "unauthorized" });
    expect(JSON.stringify(fault)).not.toContain(credential);
    expect((await fake.calls()).some(({ search }) => search.includes(credential))).toBe(false);
  });

  it.each([null, "", "two\nlines"])(
    "a key that no header can carry is no call: %j",
    async (credential) => {
      const { fault } = await walk(openOn(fake.url, { credential }));
      expect(fault).toMatchObject({ kind: "unauthorized" });
      expect(await fake.calls()).toEqual([]);
    },
  );
});

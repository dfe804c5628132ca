import { beforeEach, describe, expect, test } from "vitest";
import { freeze, type Rule } from "../../../src/core/rule/due.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { countingTurn, emptyStore, NOW, openStore, pagesOf, store } from "../../support/d1.ts";
import { addAgentSessions, addClientSessions } from "../../support/sweep_world.ts";

type Kind = "client_sessions" | "agent_sessions";

function ruleOf(source: Kind, match: object): Rule {
  const expire = [{ clock: "created_at", after: "P1D" }];
  return freeze(Policy.parse({ source, expire, match, mode: "enforce" }), NOW, null);
}

/** Asks every page, and answers the last with what all of them have seen, and how many there were. */
async function asked(source: Kind, match: object, db: D1Database = store) {
  const open = openStore(source, {}, db);
  const rule = ruleOf(source, match);
  const pages = await pagesOf((cursor) => open.selects?.(rule, cursor, countingTurn()));
  return {
    any: pages.some(({ any }) => any),
    holds_some: pages.some((page) => page.holds_some),
    pages: pages.length,
  };
}

beforeEach(emptyStore);

describe("whether a match selects anybody", () => {
  test("is asked by scope, as patterns are", async () => {
    const client = async (...scope: string[]) => asked("client_sessions", { scope });
    expect(await client("w1")).toEqual({ any: false, holds_some: false, pages: 1 });
    await addClientSessions([
      { id: "a", workspace: "w1" },
      { id: "b", workspace: "w1" },
      { id: "c", workspace: "Ω/2" },
    ]);
    expect(await client("w2", "w", "w11", "w1*1")).toEqual({
      any: false,
      holds_some: true,
      pages: 1,
    });
    expect(await client("w1")).toMatchObject({ any: true });
    expect(await client("x", "w*")).toMatchObject({ any: true });
    expect(await client("Ω/2")).toMatchObject({ any: true });
  });

  test("is asked of every scope there is, a page at a time", async () => {
    await store
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)
         INSERT INTO client_sessions (workspace_id, client_session_id, record, version)
         SELECT printf('w%06d', i), 'cs', '{}', 1 FROM n`,
      )
      .run();
    expect(await asked("client_sessions", { scope: ["w010001"] })).toEqual({
      any: true,
      holds_some: true,
      pages: 3,
    });
    expect(await asked("client_sessions", { scope: ["w010002"] })).toMatchObject({ any: false });
  });

  test("is asked by metadata, in the scopes that are named", async () => {
    await addAgentSessions([
      { id: "a", agent: "agt_1", metadata: { plan: "free" } },
      { id: "b", agent: "agt_2", metadata: { plan: "paid" } },
    ]);
    await store
      .prepare(
        "INSERT INTO agent_sessions (agent_key, session_key, record) VALUES ('agt_1', 'bad', '{')",
      )
      .run();
    const agent = async (match: object) => asked("agent_sessions", match);
    expect(await agent({ metadata: { plan: "free" } })).toMatchObject({ any: true });
    expect(await agent({ metadata: { plan: "trial" } })).toMatchObject({
      any: false,
      holds_some: true,
    });
    const paid = { metadata: { plan: "paid" } };
    expect(await agent({ ...paid, scope: ["agt_1"] })).toMatchObject({ any: false });
    expect(await agent({ ...paid, scope: ["agt_*"] })).toMatchObject({ any: true });
  });

  test("reads no rows where a scope alone is asked for: it skips from one to the next", async () => {
    const statements: string[] = [];
    const noted = {
      prepare: (sql: string) => {
        statements.push(sql);
        return store.prepare(sql);
      },
    } as unknown as D1Database;
    await asked("client_sessions", { scope: ["w1"] }, noted);
    expect(statements).toHaveLength(1);
    const { results } = await store
      .prepare(`EXPLAIN QUERY PLAN ${statements[0]}`)
      .bind("", 1)
      .all<{ detail: string }>();
    const steps = results.map(({ detail }) => detail).filter((step) => step.includes("client"));
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      expect(step).toMatch(/^SEARCH client_sessions USING .* \(workspace_id>\?\)$/);
    }
  });
});

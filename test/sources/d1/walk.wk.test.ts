import { beforeEach, describe, expect, test } from "vitest";
import { agentSessionTable } from "../../../src/sources/d1/agent_session_table.ts";
import { clientSessionTable } from "../../../src/sources/d1/client_session_table.ts";
import type { Place } from "../../../src/sources/d1/cursor.ts";
import { ALL_DATED, within } from "../../../src/sources/d1/walk.ts";
import { emptyStore, store } from "../../support/d1.ts";

const TABLES = [
  [clientSessionTable, "expires_at"],
  [clientSessionTable, "created_at"],
  [agentSessionTable, "last_active_at"],
  [agentSessionTable, "created_at"],
] as const;

beforeEach(emptyStore);

async function planOf(sql: string, binds: readonly (string | number)[]): Promise<string> {
  const { results } = await store
    .prepare(`EXPLAIN QUERY PLAN SELECT count(*) ${sql}`)
    .bind(...binds)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join("\n");
}

describe.each(TABLES)("a window of $0.name by $1", (table, clock) => {
  const place = (at: number | null, id: string): Place => ({ at, scope: "w", id });

  // It was read from its beginning to the end of the table: counting took time by the square of the sessions.
  test("is bounded by the index at both its places", async () => {
    const stretch = { clock, until: ALL_DATED };
    const { sql, binds } = within(table, stretch, place(1, "a"), place(2, "b"));
    expect(await planOf(sql, binds)).toMatch(
      /COVERING INDEX \w+ \(\((\w+,\w+,\w+)\)>\(\?,\?,\?\) AND \(\1\)<\(\?,\?,\?\)\)/,
    );
  });

  test("without the clock is too", async () => {
    const stretch = { clock, until: null };
    const { sql, binds } = within(table, stretch, place(null, "a"), place(null, "b"));
    expect(await planOf(sql, binds)).toMatch(
      /COVERING INDEX \w+ \(\w+=\? AND \((\w+,\w+)\)>\(\?,\?\) AND \(\1\)<\(\?,\?\)\)/,
    );
  });

  test("that has no end yet begins at its place", async () => {
    const { sql, binds } = within(table, { clock, until: 5 }, place(1, "a"));
    expect(await planOf(sql, binds)).toMatch(/\((\w+),\w+,\w+\)>\(\?,\?,\?\) AND \1<\?/);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { MOST_SCOPES } from "../../../src/sources/d1/find.ts";
import { countingTurn, emptyStore, openStore, store } from "../../support/d1.ts";

beforeEach(emptyStore);

describe("a session of which only the id is known", () => {
  test("is looked for in so many scopes and no more, and says so", async () => {
    const scopes = Array.from({ length: MOST_SCOPES + 1 }, (_, no) => `w${10_000 + no}`);
    const fill = async (some: readonly string[]): Promise<unknown> =>
      store
        .prepare(
          `INSERT INTO client_sessions (workspace_id, client_session_id, record)
           SELECT value, 's', '{}' FROM json_each(?)`,
        )
        .bind(JSON.stringify(some))
        .run();
    await fill(scopes.slice(0, MOST_SCOPES));
    const { find } = openStore("client_sessions");
    const found = async (given: readonly string[] | null) => {
      const answer = await find?.("s", given, countingTurn());
      return answer?.ok === true
        ? [answer.value.scopes.length, answer.value.is_whole]
        : answer?.error;
    };
    expect(await found(null)).toEqual([MOST_SCOPES, true]);
    await fill(scopes.slice(MOST_SCOPES));
    expect(await found(null)).toEqual([MOST_SCOPES, false]);
    expect(await found(scopes.slice(-1))).toEqual([1, true]);
    expect(await found(scopes)).toEqual([MOST_SCOPES, false]);
  });
});

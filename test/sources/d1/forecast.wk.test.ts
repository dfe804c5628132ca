import { beforeEach, describe, expect, test } from "vitest";
import fc from "fast-check";
import { judge, type Rule, type Threshold } from "../../../src/core/rule/due.ts";
import {
  addClients,
  countingTurn,
  emptyStore,
  listed,
  NOW,
  openStore,
  pagesOf,
  threshold,
} from "../../support/d1.ts";

const EXPIRED = threshold("expires_at", "PT0S");
const OLD = threshold("created_at", "P1D");
const MINUTES_A_DAY = 1440;

const DAY = 86_400_000;

function ruleAt(thresholds: readonly Threshold[], ahead: number, more: Partial<Rule>): Rule {
  const { youngest = null, scopes = null } = more;
  return {
    cutoff: NOW + ahead,
    thresholds: thresholds.map((one) => ({ ...one, at: one.at + ahead })),
    youngest: youngest === null ? null : youngest + ahead,
    latest: null,
    scopes,
    metadata: null,
    orphan: false,
    together: false,
  };
}

/** Counts every window of a forecast. */
async function forecast(thresholds: readonly Threshold[], more: Partial<Rule> = {}) {
  const { lookAhead } = openStore("client_sessions");
  const now = ruleAt(thresholds, 0, more);
  const tomorrow = ruleAt(thresholds, DAY, more);
  const windows = await pagesOf((cursor) => lookAhead?.(now, tomorrow, cursor, countingTurn()));
  return {
    undated: windows.reduce((sum, { undated }) => sum + undated, 0),
    soon: windows.reduce((sum, { soon }) => sum + soon, 0),
    windows: windows.length,
  };
}

beforeEach(emptyStore);

describe("a forecast of the embedded store", () => {
  test("counts what lacks a clock, and what falls due within the day", async () => {
    await addClients([
      { id: "due", expires: -5, created: -60 },
      { id: "due_now", expires: 0, created: -60 },
      { id: "soon", expires: 5, created: -60 },
      { id: "at_its_end", expires: MINUTES_A_DAY, created: -60 },
      { id: "later", expires: MINUTES_A_DAY + 1, created: -60 },
      { id: "undated", expires: null, created: -60 },
    ]);
    expect(await forecast([EXPIRED])).toMatchObject({ undated: 1, soon: 2 });
  });

  test("counts each session once, whichever clauses it meets", async () => {
    await addClients([
      { id: "both_due", expires: -5, created: -2 * MINUTES_A_DAY },
      { id: "due_by_age", expires: 5, created: -2 * MINUTES_A_DAY },
      { id: "soon_by_both", expires: 5, created: -60 },
      { id: "soon_by_age", expires: 3 * MINUTES_A_DAY, created: -60 },
      { id: "old_undated", expires: null, created: -2 * MINUTES_A_DAY },
      { id: "young_undated", expires: null, created: 5 },
      { id: "no_clock", expires: null, created: null },
      { id: "no_age", expires: 3 * MINUTES_A_DAY, created: null },
    ]);
    expect(await forecast([EXPIRED, OLD])).toMatchObject({ undated: 3, soon: 2 });
  });

  test("goes on window by window, through equal clocks", async () => {
    const rows = Array.from({ length: 21_000 }, (_, index) => ({
      id: `s${index}`,
      expires: index % 3 === 0 ? null : 5,
      created: null,
    }));
    await addClients(rows);
    expect(await forecast([EXPIRED])).toEqual({ undated: 7_000, soon: 14_000, windows: 3 });
  });

  test("is what judging every session says, whatever scopes, ages and clauses there are", async () => {
    const minutes = fc.constantFrom(null, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 2);
    const row = fc.record({
      expires: minutes,
      created: minutes,
      workspace: fc.constantFrom("a1", "a2", "b"),
    });
    const text = fc.record({
      thresholds: fc.constantFrom([EXPIRED], [OLD], [EXPIRED, OLD]),
      youngest: fc.constantFrom(null, NOW - DAY, NOW - 2 * DAY),
      scopes: fc.constantFrom(null, ["a*"], ["b", "a1"]),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 5, maxLength: 40 }), text, async (rows, one) => {
        await emptyStore();
        const days = (at: number | null): number | null =>
          at === null ? null : at * MINUTES_A_DAY;
        await addClients(
          rows.map(({ workspace, expires, created }, index) => ({
            id: `s${index}`,
            workspace,
            expires: days(expires),
            created: days(created),
          })),
        );
        const { sessions } = await listed(openStore("client_sessions"), { kind: "all" });
        const now = ruleAt(one.thresholds, 0, one);
        const later = ruleAt(one.thresholds, DAY, one);
        const verdicts = sessions.map((session) => [judge(now, session), judge(later, session)]);
        expect(await forecast(one.thresholds, one)).toMatchObject({
          undated: verdicts.filter(([at]) => at?.kind === "not_due" && at.undated).length,
          soon: verdicts.filter(([at, then]) => at?.kind !== "due" && then?.kind === "due").length,
        });
      }),
      { numRuns: 60 },
    );
  });
});

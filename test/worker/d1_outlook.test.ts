import { beforeEach, describe, expect, test } from "vitest";
import type { Threshold } from "../../src/core/due.ts";
import type { OutlookPage } from "../../src/sources/source.ts";
import { addClients, countingTurn, emptyStore, openStore, threshold } from "./d1_setup.ts";

const EXPIRED = threshold("expires_at", "PT0S");
const OLD = threshold("created_at", "P1D");
const MINUTES_A_DAY = 1440;

const tomorrow = (one: Threshold): Threshold => ({ ...one, at: one.at + 86_400_000 });

/** Counts every window of an outlook. */
async function outlook(thresholds: readonly Threshold[]) {
  const { lookAhead } = openStore("client_sessions");
  let total = { undated: 0, soon: 0, windows: 0 };
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<NonNullable<typeof lookAhead>>> | undefined = await lookAhead?.(
      thresholds,
      thresholds.map(tomorrow),
      cursor,
      countingTurn(),
    );
    if (page === undefined || !page.ok) {
      throw new Error("not counted");
    }
    const { value }: { value: OutlookPage } = page;
    total = {
      undated: total.undated + value.undated,
      soon: total.soon + value.soon,
      windows: total.windows + 1,
    };
    cursor = value.next;
  } while (cursor !== null);
  return total;
}

beforeEach(emptyStore);

describe("an outlook of the embedded store", () => {
  test("counts what lacks a clock, and what falls due within the day", async () => {
    await addClients([
      { id: "due", expires: -5, created: -60 },
      { id: "due_now", expires: 0, created: -60 },
      { id: "soon", expires: 5, created: -60 },
      { id: "at_its_end", expires: MINUTES_A_DAY, created: -60 },
      { id: "later", expires: MINUTES_A_DAY + 1, created: -60 },
      { id: "undated", expires: null, created: -60 },
    ]);
    expect(await outlook([EXPIRED])).toMatchObject({ undated: 1, soon: 2 });
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
    expect(await outlook([EXPIRED, OLD])).toMatchObject({ undated: 3, soon: 2 });
  });

  test("goes on window by window, through equal clocks", async () => {
    const rows = Array.from({ length: 21_000 }, (_, index) => ({
      id: `s${index}`,
      expires: index % 3 === 0 ? null : 5,
      created: null,
    }));
    await addClients(rows);
    expect(await outlook([EXPIRED])).toEqual({ undated: 7_000, soon: 14_000, windows: 3 });
  });
});

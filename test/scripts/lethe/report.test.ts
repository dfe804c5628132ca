import { describe, expect, test } from "vitest";
import { expectNoWrap, lethe, terminal } from "./command.ts";

const CALL = "GET /v1/removals?since=2026-11-19&by=policy%2Cclause";
const SUMS = {
  since: "2026-11-19",
  until: "2026-11-26",
  counted: "sweeps_and_erasures",
  rows: [
    { policy: "old", clause: "expires_at PT15M", count: 1200, gone: 1190 },
    { policy: "=SUM(A1)", clause: "created_at P1Y", count: 3, gone: 3 },
    { policy: null, clause: null, count: 2, gone: 2 },
  ],
  totals: { deleted: 1195, renewed: 10 },
};

describe("lethe report", () => {
  test("sums the last seven days by policy and clause", async () => {
    const ran = await lethe(["report"], { [CALL]: SUMS }, terminal(80));
    expect(ran.code).toBe(0);
    expect(ran.lines()).toEqual([
      "2026-11-19 to 2026-11-26",
      "policy    clause            count   gone",
      "old       expires_at PT15M  1,200  1,190",
      "=SUM(A1)  created_at P1Y        3      3",
      "erasures  erasures              2      2",
      "1,195 sessions gone",
    ]);
    expectNoWrap(ran, 80);
  });

  test("is CSV that no spreadsheet takes for formulas", async () => {
    const ran = await lethe(["report", "--csv"], { [CALL]: SUMS });
    expect(ran.lines()).toEqual([
      "policy,clause,count,gone",
      "old,expires_at PT15M,1200,1190",
      "'=SUM(A1),created_at P1Y,3,3",
      "erasures,erasures,2,2",
    ]);
  });

  test("asks for the days and the parts that are named", async () => {
    const call = "GET /v1/removals?since=2026-11-01&until=2026-11-25&by=day";
    const rows = [{ day: "2026-11-02", count: 1, gone: 0 }];
    const args = ["report", "--since", "2026-11-01", "--until", "P1D", "--by", "day", "--json"];
    const ran = await lethe(args, { [call]: { ...SUMS, rows } });
    expect(ran.json()).toEqual([{ ...SUMS, rows }]);
  });

  test.each([
    [["--since", "yesterday"], "--since: write a duration"],
    [["--csv", "--json"], "leave one out"],
  ])("refuses %j", async (args, message) => {
    const ran = await lethe(["report", ...args]);
    expect([ran.code, ran.api.seen, ran.errors()]).toEqual([
      2,
      [],
      [expect.stringContaining(message)],
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { sweepReport } from "../../support/openapi/reports.ts";
import { expectNoWrap, lethe, terminal } from "./command.ts";

const ID = "swp_01kb0000000000000000000000";
const report = {
  ...sweepReport(ID, "old"),
  guard: null,
  created_at: "2026-11-26T12:00:00.000Z",
  dispositions: {},
};
const RUN = [
  { ...report, status: "selecting" },
  { ...report, status: "removing", dispositions: { deleted: 50 } },
  { ...report, status: "removing", dispositions: { deleted: 50 } },
  {
    ...report,
    status: "completed",
    dispositions: { deleted: 149, renewed: 1 },
    finished_at: "2026-11-26T12:00:09.000Z",
  },
];
const ANSWERS = {
  "POST /v1/sweeps": { ...report, status: "queued" },
  [`GET /v1/sweeps/${ID}`]: RUN,
};

describe("lethe sweep", () => {
  test("starts one, and goes", async () => {
    const ran = await lethe(["sweep", "old"], ANSWERS, terminal(80));
    expect([ran.code, ran.lines()]).toEqual([0, [`${ID}  old (enforce): queued`]]);
    expect(ran.api.seen).toMatchObject([{ body: { policy: "old" } }]);
  });

  test("draws a bar on a terminal, and takes it away", async () => {
    let now = 0;
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    const ran = await lethe(["sweep", "old", "--watch"], ANSWERS, {
      ...terminal(80),
      now: () => now,
      sleep,
    });
    expect(ran.code).toBe(0);
    expect(ran.out()).toContain("\r\u001B[2Kselecting  examined 200");
    expect(ran.out()).toContain("removing  [########................]  50 of 150  1 s left");
    expect(ran.lines().map((line) => line.replace("\u001B[2K", ""))).toEqual([
      `${ID}  old: completed  after 9 s`,
      "  examined 200  due 150  kept 0  held 0  planned 150",
      "  overdue  to PT1H 100  longer 50",
      "  deleted 149  renewed 1",
    ]);
    expectNoWrap(ran, 80);
  });

  test("is one JSON line for each change in a pipe", async () => {
    const ran = await lethe(["sweep", "old", "--watch"], ANSWERS);
    expect(ran.json().map((line) => (line as { status: string }).status)).toEqual([
      "queued",
      "selecting",
      "removing",
      "completed",
    ]);
  });

  test("ends with 1 where it waits for a person or failed", async () => {
    const waits = { ...report, status: "braked", waits_since: report.created_at };
    const braked = { ...ANSWERS, [`GET /v1/sweeps/${ID}`]: waits };
    const ran = await lethe(["sweep", "old", "--watch"], braked, terminal(80));
    expect([ran.code, ran.lines().at(-1)]).toEqual([1, `  > lethe approve ${ID}`]);
    const error = { code: "source_error", message: "It does not answer." };
    const failed = { ...ANSWERS, [`GET /v1/sweeps/${ID}`]: { ...report, status: "failed" } };
    expect((await lethe(["sweep", "old", "--watch"], failed)).code).toBe(1);
    expect(error.code).toBe("source_error");
  });

  test("says how to go on when it is stopped, and leaves the sweep alone", async () => {
    let isStopped = false;
    const sleep = (): Promise<void> => {
      isStopped = true;
      return Promise.reject(new Error("aborted"));
    };
    const ran = await lethe(["sweep", "old", "--watch"], ANSWERS, {
      ...terminal(80),
      sleep,
      isStopped: () => isStopped,
    });
    expect([ran.code, ran.errors()]).toEqual([
      130,
      [expect.stringContaining("to go on watching: lethe sweep old --watch")],
    ]);
    expect(ran.api.seen.map(({ call }) => call)).toEqual(["POST /v1/sweeps"]);
  });
});

describe("lethe preview", () => {
  const path = "POST /v1/policies/old/preview";
  const observed = { ...report, status: "observed", difference: { added: 4, removed: 1 } };

  test("shows the counts and the first sessions of the plan", async () => {
    const session = {
      scope: "w",
      id: "s1",
      clock: "expires_at",
      due_at: "2026-11-26T11:00:00.000Z",
    };
    const answers = {
      [path]: { ...report, status: "queued" },
      [`GET /v1/sweeps/${ID}`]: observed,
      [`GET /v1/sweeps/${ID}/sessions?limit=10`]: { data: [session], next_cursor: null },
    };
    const ran = await lethe(["preview", "old"], answers, terminal(80));
    expect(ran.code).toBe(0);
    expect(ran.out()).toContain("  newly 4  no longer 1\n");
    expect(ran.lines().slice(-2)).toEqual([
      "scope  id  clock       due since",
      "w      s1  expires_at  2026-11-26 11:00 UTC (1 h ago)",
    ]);
    expectNoWrap(ran, 80);
    expect((await lethe(["preview", "old"], answers)).json().at(-1)).toEqual(session);
  });

  test.each([
    ["--sessions", "many"],
    ["--sessions", "101"],
    ["--file", "no/such.json"],
  ])("refuses %s %s before it asks", async (...args) => {
    const ran = await lethe(["preview", "old", ...args]);
    expect([ran.code, ran.api.seen]).toEqual([2, []]);
  });
});

import { describe, expect, test } from "vitest";
import { sweepReport } from "../../support/openapi/reports.ts";
import { expectNoWrap, lethe, terminal } from "./command.ts";
import { ENV, problem } from "./fake_api.ts";

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
    expect(ran.out()).toContain("\r\u001B[2Kselecting  200 examined");
    expect(ran.out()).toContain("removing  [########................]  50 of 150  1 s left");
    expect(ran.lines().map((line) => line.replace("\u001B[2K", ""))).toEqual([
      `${ID}  old: completed  after 9 s`,
      "  200 examined, 150 due, 0 kept, 0 held, 150 planned",
      "  overdue: 100 by up to 1 hour, 50 by longer",
      "  149 deleted, 1 renewed",
    ]);
    expectNoWrap(ran, 80);
  });

  test("writes no sequence to a terminal that obeys none", async () => {
    const env = { ...ENV, TERM: "dumb" };
    const ran = await lethe(["sweep", "old", "--watch"], ANSWERS, { ...terminal(80), env });
    expect([ran.code, ran.out().includes("\u001B")]).toEqual([0, false]);
    expect(ran.lines()[0]).toBe(`${ID}  old: completed  after 9 s`);
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
    expect([ran.code, ran.lines().at(-1)]).toEqual([1, `  > npx lethe approve ${ID}`]);
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
      [expect.stringContaining("to go on watching: npx lethe sweep old --watch")],
    ]);
    // What stood in the last line is taken away first.
    expect(ran.out().endsWith("\r\u001B[2K")).toBe(true);
    expect(ran.api.seen.map(({ call }) => call)).toEqual(["POST /v1/sweeps"]);
  });
});

const PAUSE = {
  until: "2026-11-26T14:00:00.000Z",
  by: "op",
  reason: "look first",
  at: "2026-11-26T11:00:00.000Z",
};

describe("lethe sweep of a source that is paused", () => {
  const turned = (all: object | null, sources: object): object => ({
    all,
    sources,
    still_paused: [],
  });
  const paused = {
    ...ANSWERS,
    "GET /v1/switch": [
      turned(PAUSE, {}),
      turned(PAUSE, {}),
      turned(null, { [report.source]: { ...PAUSE, until: null } }),
      turned(null, {}),
    ],
    [`GET /v1/sweeps/${ID}`]: [RUN[0], RUN[1], RUN[1], RUN[1], RUN[3]],
  };
  const everySource =
    "paused: nothing is removed from any source, until 2026-11-26 14:00 UTC (by op: look first)";
  const oneSource = `paused: nothing is removed from ${report.source} (by op: look first)`;

  test("says on a terminal once that it is, by whom, and how it goes on", async () => {
    const ran = await lethe(["sweep", "old", "--watch"], paused, { columns: 120 });
    const told = ran.lines().map((line) => line.replaceAll("\u001B[2K", ""));
    expect(told.slice(0, 5)).toEqual([
      everySource,
      "> npx lethe resume",
      oneSource,
      `> npx lethe resume ${report.source}`,
      "no longer paused",
    ]);
    const narrow = await lethe(["sweep", "old", "--watch"], paused, terminal(80));
    expectNoWrap(narrow, 80);
  });

  test("says it beside the JSON lines of a pipe", async () => {
    const ran = await lethe(["sweep", "old", "--watch"], paused);
    expect(ran.json()).toHaveLength(4);
    expect(ran.errors().join(" ")).toContain("(by op: look first) > npx lethe resume");
  });

  test("goes on where the key may not see the switch", async () => {
    const answers = { ...ANSWERS, "GET /v1/switch": problem(403, "No.") };
    const ran = await lethe(["sweep", "old", "--watch"], answers, terminal(80));
    expect([ran.code, ran.errors()]).toEqual([0, []]);
  });
});

describe.each<readonly string[]>([["sweep"], ["preview"]])("lethe %s of no policy", (command) => {
  const call = command === "sweep" ? "POST /v1/sweeps" : "POST /v1/policies/odl/preview";
  const none = { [call]: problem(404, "See GET /v1/policies.", { code: "policy_not_found" }) };
  const stored = (...ids: readonly string[]): object => ({
    "GET /v1/policies?limit=100": {
      data: ids.map((id) => ({ id, digest: null, policy: null, errors: [] })),
      next_cursor: null,
    },
  });

  test.each<[object, string]>([
    [stored("agents", "old"), "lethe: there is no policy odl: is old meant?"],
    [stored("agents", "clients"), "lethe: there is no policy odl: there are agents, clients"],
    [stored(), "lethe: there is no policy odl, and no other: npx lethe policy push writes some"],
    [{ "GET /v1/policies?limit=100": problem(403, "No.") }, "lethe: there is no policy odl"],
  ])("says which there are, and ends with 2", async (policies, message) => {
    const ran = await lethe([command, "odl"], { ...none, ...policies });
    expect([ran.code, ran.errors()]).toEqual([2, [message]]);
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
    expect(
      ran
        .lines()
        .slice(-7)
        .map((line) => line.replace("\u001B[2K", "")),
    ).toEqual([
      `${ID}  old would remove 150 sessions`,
      "  200 examined, 150 due, 0 kept, 0 held, 150 planned",
      "  overdue: 100 by up to 1 hour, 50 by longer",
      "  4 are due by this version alone, 1 by the stored one alone",
      "  a preview: nothing is removed",
      "session  scope  clock       due since",
      "s1       w      expires_at  2026-11-26 11:00 UTC (1 h ago)",
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

import { describe, expect, test } from "vitest";
import { erasureReport, sweepReport } from "../../support/openapi/reports.ts";
import { expectNoWrap, lethe, terminal } from "./command.ts";
import { problem } from "./fake_api.ts";

const SWEEP = "swp_01kb0000000000000000000000";
const ERASURE = "ers_01kb0000000000000000000000";
const since = "2026-11-26T09:00:00.000Z";
const REQUEST = {
  identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
  sources: null,
  scopes: null,
  regulation: null,
  requested_at: 0,
  reference: "case 4711",
  dry_run: false,
};

const waiting = { ...sweepReport(SWEEP, "old"), waits_since: since };
const ANSWERS = {
  [`GET /v1/sweeps/${SWEEP}`]: waiting,
  [`GET /v1/sweeps/${SWEEP}/sessions?limit=5`]: {
    data: [{ scope: "w", id: "s1", clock: "expires_at", due_at: "2026-11-01T12:00:00.000Z" }],
    next_cursor: null,
  },
  [`POST /v1/sweeps/${SWEEP}/approve`]: { ...waiting, status: "removing", waits_since: null },
};

describe("lethe approve", () => {
  test("shows the counts and the longest overdue, and asks before it approves what it showed", async () => {
    const person = terminal(80, "y");
    const ran = await lethe(["approve", SWEEP], ANSWERS, person);
    expect(ran.code).toBe(0);
    expect(person.asked).toEqual(["Remove 150 sessions at http://127.0.0.1:8787? [y/N] "]);
    expect(ran.lines()).toEqual([
      `${SWEEP}  old (enforce)`,
      "  braked since 2026-11-26 09:00 UTC (3 h ago)",
      "  150 of 200 sessions are due, and the brake lets 50 % pass.",
      "  200 examined, 150 due, 0 kept, 0 held, 150 planned",
      "  overdue: 100 by up to 1 hour, 50 by longer",
      "  the longest overdue:",
      "    session  scope  due since",
      "    s1       w      2026-11-01 12:00 UTC (25 d ago)",
      `approved ${SWEEP}: it goes on`,
    ]);
    expect(ran.api.seen.at(-1)).toMatchObject({
      call: `POST /v1/sweeps/${SWEEP}/approve`,
      body: { plan_digest: "plan" },
    });
    expectNoWrap(ran, 80);
  });

  test.each<[string, ReturnType<typeof terminal> | object, number]>([
    ["says no", terminal(80, "n"), 1],
    ["says nothing", terminal(80, ""), 1],
    ["is not there", {}, 2],
  ])("approves nothing where the person %s", async (_, world, code) => {
    const ran = await lethe(["approve", SWEEP], ANSWERS, world);
    expect(ran.code).toBe(code);
    expect(ran.api.seen.every(({ call }) => call.startsWith("GET"))).toBe(true);
  });

  test("does not ask with --yes, and answers the report as JSON", async () => {
    const ran = await lethe(["approve", SWEEP, "--yes", "--json"], ANSWERS);
    expect([ran.code, ran.json()]).toEqual([0, [expect.objectContaining({ status: "removing" })]]);
  });

  test("shows no sessions to a key that may not see them", async () => {
    const path = `GET /v1/sweeps/${SWEEP}/sessions?limit=5`;
    const answers = { ...ANSWERS, [path]: problem(403, "No.") };
    const ran = await lethe(["approve", SWEEP, "--yes"], answers);
    expect([ran.code, ran.out().includes("longest overdue:")]).toEqual([0, false]);
  });

  test("is refused where the plan is another one by then", async () => {
    const answers = {
      ...ANSWERS,
      [`POST /v1/sweeps/${SWEEP}/approve`]: problem(409, "The plan has changed."),
    };
    const ran = await lethe(["approve", SWEEP, "--yes"], answers);
    expect([ran.code, ran.errors()]).toEqual([1, ["lethe: Answered 409. The plan has changed."]]);
  });

  test("is refused where nothing waits", async () => {
    const answers = { [`GET /v1/sweeps/${SWEEP}`]: { ...waiting, waits_since: null } };
    const ran = await lethe(["approve", SWEEP, "--yes"], answers);
    expect([ran.code, ran.api.seen.length]).toEqual([1, 1]);
  });

  test("approves an erasure, and names nobody", async () => {
    const report = {
      ...erasureReport(ERASURE, REQUEST),
      status: "needs_approval",
      waits_since: since,
      plan_digest: "plan",
      error: { code: "too_many", message: "It found 2,000 sessions." },
    };
    const person = terminal(80, "y");
    const answers = {
      [`GET /v1/erasures/${ERASURE}`]: report,
      [`POST /v1/erasures/${ERASURE}/approve`]: { ...report, status: "removing" },
    };
    const ran = await lethe(["approve", ERASURE], answers, person);
    expect([ran.code, ran.errors()]).toEqual([0, []]);
    expect(person.asked.join()).toContain(", and what a read-back still finds, at http://");
    expect(ran.out()).toContain(`approved ${ERASURE}: it goes on`);
  });

  test.each(["swp", "abc", "swp_../../x", "hld_01"])("takes no id such as %j", async (id) => {
    const ran = await lethe(["approve", id, "--yes"]);
    expect([ran.code, ran.api.seen]).toEqual([2, []]);
  });
});

describe("what the API refuses", () => {
  const cancelled = `POST /v1/sweeps/${SWEEP}/cancel`;
  const errors = [{ field: "policy", message: "write a text" }];
  test.each<[string, Response, number, string]>([
    ["a wrong request", problem(400, "Correct it.", { errors }), 2, "policy: write a text"],
    [
      "what is not there",
      problem(404, "See.", { code: "sweep_not_found" }),
      2,
      "there is no such sweep",
    ],
    [
      "a path of another version",
      problem(404, "See.", { code: "unknown_path" }),
      3,
      "Answered 404. See.",
    ],
    ["what its status does not allow", problem(409, "Wait."), 1, "Answered 409. Wait."],
    ["a key that it does not know", problem(401, "No."), 1, "look at LETHE_KEY"],
    ["a server that is no Lethe", new Response("<p>"), 3, "is this a Lethe?"],
    ["what a proxy says", new Response("<p>", { status: 400 }), 2, "answered 400: <p>"],
  ])("%s has its exit code, and is told in words", async (_, answer, code, message) => {
    const ran = await lethe(["cancel", SWEEP], { [cancelled]: answer });
    expect([ran.code, ran.errors()]).toEqual([code, [expect.stringContaining(message)]]);
  });

  test("an id that is none of a job's", async () => {
    const ran = await lethe(["approve", SWEEP, "--yes"]);
    expect([ran.code, ran.errors()]).toEqual([2, [`lethe: there is no sweep ${SWEEP}`]]);
  });
});

describe("lethe cancel", () => {
  test("cancels a sweep or an erasure by its id", async () => {
    const erasure = erasureReport(ERASURE, REQUEST);
    const answers = {
      [`POST /v1/sweeps/${SWEEP}/cancel`]: { ...waiting, status: "cancelled" },
      [`POST /v1/erasures/${ERASURE}/cancel`]: { ...erasure, status: "planned" },
    };
    expect((await lethe(["cancel", SWEEP], answers)).lines()).toEqual([
      `cancelling ${SWEEP}: cancelled`,
    ]);
    expect((await lethe(["cancel", ERASURE], answers)).lines()).toEqual([
      `cancelling ${ERASURE}: planned`,
    ]);
  });
});

describe("lethe pause and resume", () => {
  const turned = { all: null, sources: {}, still_paused: ["eu"], in_force: {}, turns: [] };

  test("turn the switch of one source or of all", async () => {
    const answers = { "PUT /v1/switch": turned, "GET /v1/switch": problem(403, "No.") };
    const paused = await lethe(["pause", "eu", "--reason", "why", "--until", "PT2H"], answers);
    expect(paused.api.seen[0]?.body).toEqual({
      source: "eu",
      paused: true,
      reason: "why",
      until: "2026-11-26T14:00:00.000Z",
    });
    expect(paused.lines()).toEqual(["paused: nothing is removed from eu"]);
    const all = await lethe(["pause", "--reason", "why"], answers);
    expect(all.lines()).toEqual(["paused: nothing is removed from any source"]);
    const before = { ...turned, all: { by: "ada", at: since, reason: "why", until: null } };
    const resumed = await lethe(["resume"], { ...answers, "GET /v1/switch": before });
    expect(resumed.api.seen.at(-1)?.body).toEqual({ paused: false });
    expect(resumed.lines()).toEqual(["resumed: every source", "still paused: eu"]);
    expect((await lethe(["resume"], answers)).lines()[0]).toBe("resumed: every source");
  });

  test.each(["all", "us"])("say where there is no pause of %s to end", async (what) => {
    const answers = { "GET /v1/switch": turned, "PUT /v1/switch": turned };
    const ran = await lethe(["resume", ...(what === "all" ? [] : [what])], answers);
    expect(ran.lines()[0]).toBe(`nothing to resume: there was no pause of ${what}`);
  });

  test.each([
    [["pause", "eu"], "required option '--reason"],
    [["pause", "--reason", "x", "--until", "30"], "--until: write a duration such as"],
  ])("%j is refused before anything is asked", async (args, message) => {
    const ran = await lethe(args);
    expect([ran.code, ran.api.seen, ran.errors()]).toEqual([
      2,
      [],
      [expect.stringContaining(message)],
    ]);
  });

  test("say where it is not in force yet", async () => {
    const answers = { "PUT /v1/switch": problem(503, "The switch is turned, and not yet obeyed.") };
    const ran = await lethe(["pause", "--reason", "x"], answers);
    expect([ran.code, ran.errors()]).toEqual([3, [expect.stringContaining("not yet obeyed")]]);
  });
});

describe("lethe hold", () => {
  const hold = {
    id: "hld_01kb0000000000000000000000",
    status: "in_force",
    review_due: true,
    selector: { kind: "subject", identifier_types: ["user_identifier_key"] },
    ground: { article: "17(3)(e)" },
    owner: "legal",
    review_at: "2026-12-24T00:00:00.000Z",
    in_force: { client_sessions: true },
    matches: {
      counted_at: "2026-11-26T12:00:00.000Z",
      sources: { client_sessions: 3, seam_eu: null },
    },
    warnings: [],
  };
  const why = ["--ground", "17(3)(e)", "--owner", "legal", "--review", "30d"];

  test.each<[string, readonly string[], unknown]>([
    [
      "a person",
      ["--person", "user_identifier_key=jane=doe"],
      { kind: "subject", identifiers: [{ type: "user_identifier_key", value: "jane=doe" }] },
    ],
    [
      "a session",
      ["--source", "client_sessions", "--scope", "w", "--id", "s"],
      { kind: "session", source: "client_sessions", scope: "w", id: "s" },
    ],
    [
      "scopes",
      ["--source", "agent_sessions", "--scope", "a*", "--scope", "b"],
      { kind: "scope", source: "agent_sessions", globs: ["a*", "b"] },
    ],
    ["metadata", ["--metadata", "a.b=c"], { kind: "metadata", fields: { "a.b": "c" } }],
  ])("holds %s", async (_, args, selector) => {
    const ran = await lethe(["hold", "add", ...args, ...why], { "POST /v1/holds": hold });
    expect([ran.code, ran.errors()]).toEqual([0, []]);
    expect(ran.api.seen[0]?.body).toEqual({
      selector,
      ground: { article: "17(3)(e)" },
      owner: "legal",
      review_at: "2026-12-26T12:00:00.000Z",
    });
    expect(ran.out()).not.toContain("jane");
  });

  test.each<readonly string[]>([
    [],
    ["--source", "client_sessions"],
    ["--person", "user_identifier_key=jane_doe", "--source", "client_sessions"],
    ["--person", "user_identifier_key=jane_doe", "--scope", "w"],
    ["--person", "user_identifier_key=jane_doe", "--metadata", "a=b"],
    ["--metadata", "a=b", "--id", "s"],
    ["--source", "x", "--scope", "a", "--scope", "b", "--id", "s"],
    ["--person", "jane_doe"],
    ["--person", "jane_doe=user_identifier_key"],
  ])("does not guess what %j holds, and repeats no value", async (...args) => {
    const ran = await lethe(["hold", "add", ...args, ...why], { "POST /v1/holds": hold });
    expect([ran.code, ran.api.seen]).toEqual([2, []]);
    expect(ran.errors().join()).not.toContain("jane");
  });

  test("takes what the API takes besides", async () => {
    const args = ["--source", "agents", "--scope", "a", "--id", "s", ...why];
    const more = ["--reference", "case 4711", "--clear-own-expiry", "--ends", "60d"];
    const warnings = [{ code: "matches_nothing", source: "agents", message: "It matches none." }];
    const answers = { "POST /v1/holds": { ...hold, warnings } };
    const ran = await lethe(["hold", "add", ...args, ...more], answers);
    expect(ran.api.seen[0]?.body).toMatchObject({
      reference: "case 4711",
      clear_own_expiry: true,
      ends_at: "2027-01-25T12:00:00.000Z",
    });
    expect(ran.lines().at(-1)).toBe("  agents: It matches none.");
  });

  test("lists those that bind, over all pages", async () => {
    const answers = {
      "GET /v1/holds?limit=100": { data: [hold], next_cursor: "n" },
      "GET /v1/holds?limit=100&cursor=n": {
        data: [{ ...hold, status: "released" }],
        next_cursor: null,
      },
    };
    const ran = await lethe(["hold", "ls"], answers, terminal(80));
    expect(ran.lines()).toEqual([
      hold.id,
      "  status: in force, what: person by user_identifier_key, owner: legal,",
      "  review: 2026-12-24 00:00 UTC (in 27 d), due",
    ]);
    expectNoWrap(ran, 80);
    const all = await lethe(["hold", "ls", "--all", "--json"], answers);
    expect(all.json()).toHaveLength(2);
  });

  const RELEASE = {
    [`GET /v1/holds/${hold.id}`]: hold,
    [`POST /v1/holds/${hold.id}/release`]: { ...hold, status: "released" },
  };

  test("releases one, after it has shown what that lets go and has asked", async () => {
    const person = terminal(80, "y");
    const ran = await lethe(["hold", "rm", hold.id], RELEASE, person);
    expect([ran.code, person.asked]).toEqual([
      0,
      ["Release it at http://127.0.0.1:8787? What it named is then forgotten [y/N] "],
    ]);
    expect(ran.lines()).toEqual([
      `${hold.id}  person by user_identifier_key`,
      "  in force, owner legal, review 2026-12-24 00:00 UTC (in 27 d), due",
      "  matches 3 sessions of client_sessions now",
      "  how many sessions of seam_eu it matches now is not known",
      `released ${hold.id}`,
    ]);
    expectNoWrap(ran, 80);
    expect((await lethe(["hold", "rm", hold.id, "--yes", "--json"], RELEASE)).json()).toEqual([
      { ...hold, status: "released" },
    ]);
  });

  test.each<[string, ReturnType<typeof terminal> | object, number]>([
    ["says no", terminal(80, "n"), 1],
    ["is not there", {}, 2],
  ])("releases none where the person %s", async (_, world, code) => {
    const ran = await lethe(["hold", "rm", hold.id], RELEASE, world);
    expect([ran.code, ran.api.seen.map(({ call }) => call)]).toEqual([
      code,
      [`GET /v1/holds/${hold.id}`],
    ]);
  });

  test("releases nothing that is no hold, or is not there", async () => {
    expect((await lethe(["hold", "rm", "../switch", "--yes"])).code).toBe(2);
    const ended = { [`GET /v1/holds/${hold.id}`]: { ...hold, status: "released" } };
    const again = await lethe(["hold", "rm", hold.id, "--yes"], ended);
    expect([again.code, again.api.seen.length]).toEqual([1, 1]);
    const none = await lethe(["hold", "rm", hold.id, "--yes"]);
    expect([none.code, none.errors()]).toEqual([2, [`lethe: there is no hold ${hold.id}`]]);
  });
});

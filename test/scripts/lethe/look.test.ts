import { describe, expect, test } from "vitest";
import type { Attention } from "../../../src/core/report/attention.ts";
import { sweepReport } from "../../support/openapi/reports.ts";
import { expectNoWrap, lethe, terminal } from "./command.ts";
import { problem } from "./fake_api.ts";

const SWEEP = "swp_01kb0000000000000000000000";

const BRAKED: Attention = {
  code: "braked",
  since: "2026-11-26T09:00:00.000Z",
  about: { kind: "sweep", id: SWEEP },
  message: `The brake stopped a plan that would remove more than its policy allows, ${"and so on ".repeat(12)}`,
  settle: { method: "POST", path: `/v1/sweeps/${SWEEP}/approve` },
};

function health(attention: readonly Attention[], more = {}): object {
  return {
    status: attention.length === 0 ? "ok" : "degraded",
    last_tick: "2026-11-26T11:59:30.000Z",
    attention,
    attention_more: more,
  };
}

describe("lethe status", () => {
  test("ends with 0 where nothing needs a person", async () => {
    const ran = await lethe(["status"], { "GET /healthz": health([]) });
    expect(ran.code).toBe(0);
    expect(ran.lines()).toEqual([
      "ok  http://127.0.0.1:8787",
      "last tick 2026-11-26 11:59 UTC (30 s ago)",
    ]);
  });

  test("ends with 1 and says what, since when, and how it is settled", async () => {
    const ran = await lethe(["status"], { "GET /healthz": health([BRAKED], { undated: 3 }) });
    expect(ran.code).toBe(1);
    expect(ran.lines()).toContain(`braked: sweep ${SWEEP}`);
    expect(ran.lines()).toContain("  since 2026-11-26 09:00 UTC (3 h ago)");
    expect(ran.lines()).toContain(`  > npx lethe approve ${SWEEP}`);
    expect(ran.lines()).toContain("and 3 more matters: undated");
  });

  test("does not say that no tick ever came where the Registrar, which knows, did not answer", async () => {
    const away = { ...BRAKED, code: "registrar_unreachable", since: null, settle: null };
    const state = { ...health([away as Attention]), last_tick: null };
    const ran = await lethe(["status"], { "GET /healthz": state });
    expect(ran.lines()).toContain("last tick not known");
    expect(
      (await lethe(["status"], { "GET /healthz": { ...health([]), last_tick: null } })).lines(),
    ).toContain("last tick never");
  });

  test.each<[Attention["about"], NonNullable<Attention["settle"]>, string]>([
    [{ kind: "source", id: "eu" }, { method: "PUT", path: "/v1/switch" }, "npx lethe resume eu"],
    [{ kind: "deployment", id: null }, { method: "PUT", path: "/v1/switch" }, "npx lethe resume"],
    [
      { kind: "hold", id: "hld_1" },
      { method: "POST", path: "/v1/holds/hld_1/release" },
      "npx lethe hold rm hld_1",
    ],
    [{ kind: "policy", id: "old" }, { method: "POST", path: "/v1/sweeps" }, "npx lethe sweep old"],
    [{ kind: "source", id: "eu" }, { method: "POST", path: "/v1/sweeps" }, "POST /v1/sweeps"],
    [
      { kind: "policy", id: "old" },
      { method: "PUT", path: "/v1/policies/old" },
      "PUT /v1/policies/old",
    ],
  ])("settles %j by a command where there is one", async (about, settle, command) => {
    const one = { ...BRAKED, about, settle };
    const ran = await lethe(["status"], { "GET /healthz": health([one]) });
    expect(ran.lines()).toContain(`  > ${command}`);
  });

  test("tells a key of some workspaces that it is not told more", async () => {
    const bound = {
      "GET /healthz": { status: "degraded" },
      "GET /v1/policies?limit=1": { data: [] },
    };
    const ran = await lethe(["status"], bound);
    expect(ran.code).toBe(1);
    expect(ran.out()).toContain("not told more");
  });

  test("says of a key that Lethe does not know just that, however well all is", async () => {
    const ran = await lethe(["status"], {
      "GET /healthz": { status: "ok" },
      "GET /v1/policies?limit=1": problem(401, "No such key."),
    });
    expect(ran.code).toBe(1);
    expect(ran.errors().join()).toContain("does not know this key");
  });

  test.each([80, 120])("wraps no line of a terminal of %d columns", async (columns) => {
    const ran = await lethe(["status"], { "GET /healthz": health([BRAKED]) }, { columns });
    expect(ran.lines().length).toBeGreaterThan(4);
    expectNoWrap(ran, columns);
  });

  test("is one JSON line with --json, as the API gave it", async () => {
    const ran = await lethe(["status", "--json"], { "GET /healthz": health([BRAKED]) });
    expect(ran.json()).toEqual([health([BRAKED])]);
    const before = await lethe(["--json", "status"], { "GET /healthz": health([BRAKED]) });
    expect(before.json()).toEqual([health([BRAKED])]);
  });

  test("spells out what a terminal would obey", async () => {
    const one = { ...BRAKED, message: "red \u001B[31m alert" };
    const ran = await lethe(["status"], { "GET /healthz": health([one]) });
    expect(ran.out()).toContain(String.raw`red \u001b[31m alert`);
  });

  test.each<[string, Response | Error, number]>([
    ["refuses the key", problem(403, "No."), 1],
    ["has no such thing", problem(404, "None."), 3],
    ["is busy", problem(429, "Wait."), 3],
    ["fails", problem(500, "A fault."), 3],
    ["is no Lethe", new Response("<html>"), 3],
  ])("ends with its own exit code where the Worker %s", async (_, answer, code) => {
    const ran = await lethe(["status"], { "GET /healthz": answer });
    expect([ran.code, ran.out()]).toEqual([code, ""]);
    expect(ran.errors()).toHaveLength(1);
  });

  test("ends with 3 where it cannot be reached, and says why", async () => {
    const cause = new Error("connect ECONNREFUSED");
    const ran = await lethe(
      ["status"],
      {},
      { fetch: () => Promise.reject(new TypeError("fetch failed", { cause })) },
    );
    expect([ran.code, ran.errors()]).toEqual([
      3,
      ["lethe: http://127.0.0.1:8787 cannot be reached: connect ECONNREFUSED"],
    ]);
  });

  test("lets a bug be seen as one", async () => {
    const broken = { fetch: () => Promise.reject(new Error("x")), goOn: () => undefined };
    const world = { ...broken, now: () => NaN, write: () => JSON.parse("{") as void };
    await expect(lethe(["status"], {}, { ...world, fetch: healthy })).rejects.toThrow(SyntaxError);
  });
});

const healthy: typeof fetch = async () => Response.json(health([]));

describe("lethe waiting", () => {
  const report = {
    ...sweepReport(SWEEP, "old-agents"),
    waits_since: "2026-11-26T09:00:00.000Z",
  };

  test("lists what waits, with what would go", async () => {
    const undated = { ...BRAKED, code: "undated", about: { kind: "policy", id: "x" } } as const;
    const ran = await lethe(["waiting"], {
      "GET /healthz": health([BRAKED, undated]),
      [`GET /v1/sweeps/${SWEEP}`]: report,
    });
    expect(ran.code).toBe(1);
    expect(ran.lines()).toEqual([
      "id                              what        status  planned  waits since",
      `${SWEEP}  old-agents  braked      150  2026-11-26 09:00 UTC (3 h ago)`,
      "npx lethe approve ID, or npx lethe cancel ID",
    ]);
  });

  test("ends with 0 where nothing does", async () => {
    const ran = await lethe(["waiting"], { "GET /healthz": health([]) });
    expect([ran.code, ran.lines()]).toEqual([0, ["nothing waits"]]);
  });

  test("does not say that nothing waits where nobody knows", async () => {
    const about = { kind: "deployment", id: null } as const;
    const unknown = { ...BRAKED, code: "registrar_unreachable", about } as const;
    const ran = await lethe(["waiting"], { "GET /healthz": health([unknown]) });
    expect([ran.code, ran.out()]).toEqual([3, ""]);
    expect(ran.errors().join()).toContain("what waits is not known");
  });

  test("cuts neither an id nor a name, and wraps no line", async () => {
    const policy = "a-policy-with-a-name-that-is-as-long-as-a-name-may-be-in-lethe";
    const answers = {
      "GET /healthz": health([BRAKED]),
      [`GET /v1/sweeps/${SWEEP}`]: { ...report, policy },
    };
    const narrow = await lethe(["waiting"], answers, terminal(80));
    expectNoWrap(narrow, 80);
    expect(narrow.lines().slice(0, -1)).toEqual([
      SWEEP,
      `  what: ${policy},`,
      "  status: braked, planned: 150, waits since: 2026-11-26 09:00 UTC (3 h ago)",
    ]);
    const piped = await lethe(["waiting"], answers);
    expect(piped.out()).toContain(policy);
  });
});

describe("lethe explain", () => {
  const policy = {
    policy: "old",
    mode: "enforce",
    verdict: "due",
    unmatched_by: null,
    clause: 0,
    clause_words: "removed 15 minutes after `expires_at`",
    clock: "expires_at",
    threshold: null,
    due_at: "2026-11-26T10:15:00.000Z",
    swept_next_at: "2026-11-26T12:01:00.000Z",
    stopped_by: ["brake"],
    errors: [],
  };
  const found = {
    source: "client_sessions",
    scope: "w",
    id: "s",
    session: { clocks: { expires_at: "2026-11-26T10:00:00.000Z" }, busy: true, activity: "read" },
    hold: "hld_1",
    policies: [policy],
    planned: [{ job: "swp_1", policy: "old", preview: false, disposition: null, at: null }],
    removed: null,
    searched: [{ source: "client_sessions", outcome: "found", detail: null }],
  };

  test("tells what each policy says of a session that its id finds, and what stops it", async () => {
    const ran = await lethe(["explain", "s"], { "POST /v1/explain": found });
    expect(ran.api.seen[0]?.body).toEqual({ id: "s" });
    expect(ran.lines()).toEqual([
      "s",
      "  in client_sessions, w",
      "  expires_at: 2026-11-26 10:00 UTC (2 h ago)",
      "  It is in use.",
      "  The hold hld_1 keeps it.",
      "  It is in the plan of swp_1.",
      "old (enforce): it is due, since 2026-11-26 10:15 UTC (1 h ago).",
      "  Its clause: removed 15 minutes after `expires_at`.",
      "  The next sweep that would take it: 2026-11-26 12:01 UTC (in 1 min).",
      "  Kept back: the brake stopped the plan.",
    ]);
    expectNoWrap(ran, 80);
  });

  test("looks where it is told, and claims nothing about where nobody looked", async () => {
    const none = { ...found, source: null, scope: null, session: null, hold: null, policies: [] };
    const searched = [{ source: "agents", outcome: "not_searched", detail: "too many agents" }];
    const args = ["explain", "s", "--source", "agents", "--scope", "a"];
    const unsure = await lethe(args, {
      "POST /v1/explain": { ...none, planned: [], searched },
    });
    expect(unsure.code).toBe(2);
    expect(unsure.api.seen[0]?.body).toEqual({ id: "s", source: "agents", scope: "a" });
    expect(unsure.lines()).toEqual([
      "s",
      "  It was not found where it was looked for.",
      "  agents was not searched: too many agents.",
    ]);
    const removed = { job: "swp_1", disposition: "deleted", at: "2026-11-26T11:00:00.000Z" };
    const gone = await lethe(["explain", "s"], {
      "POST /v1/explain": {
        ...none,
        planned: [],
        removed,
        searched: [{ source: "agents", outcome: "removed", detail: null }],
      },
    });
    expect(gone.code).toBe(0);
    expect(gone.lines()).toEqual([
      "s",
      "  It is gone: deleted at 2026-11-26 11:00 UTC (1 h ago), by swp_1.",
      "  agents had it, and Lethe removed it.",
    ]);
  });

  test.each([
    ["absent", 2],
    ["unavailable", 3],
  ])("ends an id that is nowhere, where a source says %s, with %d", async (outcome, code) => {
    const none = { ...found, source: null, scope: null, session: null, hold: null, policies: [] };
    const searched = [{ source: "agents", outcome, detail: null }];
    const answer = { ...none, planned: [], searched };
    expect((await lethe(["explain", "s"], { "POST /v1/explain": answer })).code).toBe(code);
  });

  test.each<[string | null, object, string]>([
    ["not_due", { due_at: "2026-11-27T12:00:00.000Z" }, "it is not due before 2026-11-27 12:00"],
    ["not_matched", { unmatched_by: "match.scope" }, "it is not meant, because of match.scope."],
    ["undated", { due_at: null }, "when it is due is not known."],
    ["unread", {}, "but its activity could not be read."],
    ["with_parent", {}, "it is not due itself, and goes with the session that made it."],
    ["of_a_newer_worker", {}, "of_a_newer_worker."],
    [null, { mode: null }, "it can remove nothing."],
  ])("says of the verdict %j in a sentence what it means", async (verdict, more, sentence) => {
    const policies = [{ ...policy, verdict, ...more }];
    const ran = await lethe(["explain", "s"], { "POST /v1/explain": { ...found, policies } });
    expect(ran.out()).toContain(sentence);
  });

  test("says of an id that stands in several places which those are", async () => {
    const places = [
      { source: "agent_sessions", scope: "a" },
      { source: "agent_sessions", scope: "b" },
    ];
    const several = Response.json(
      { code: "several_sessions", title: "It is in several", detail: "Name one.", places },
      { status: 409 },
    );
    const ran = await lethe(["explain", "s"], { "POST /v1/explain": several });
    expect([ran.code, ran.errors()]).toEqual([
      1,
      ["lethe: It is in several. Name one. agent_sessions a agent_sessions b"],
    ]);
  });
});

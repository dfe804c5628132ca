import { describe, expect, it, test } from "vitest";
import { freeze, judge, mayFollow } from "../../../src/core/rule/due.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { DAY, NOW, policy, rule, session, YEAR_2015, YEAR_2100 } from "../../support/due_rules.ts";

describe("a session that may go with the one that made it", () => {
  const made = { parent: { scope: "agt_1", id: "ase_0" } };
  const somebody = [{ type: "metadata:user_id", values: ["ann"] }];
  test.each<[string, boolean, Record<string, unknown>, Partial<Session>]>([
    ["names nobody", true, {}, {}],
    ["is as young as can be", true, {}, { clocks: { created_at: NOW } }],
    [
      "is known by its id alone",
      true,
      {},
      { person: [{ type: "agent_session_id", values: ["a"] }] },
    ],
    ["has not the metadata asked for", true, { match: { metadata: { plan: "free" } } }, {}],
    ["is under a version that waits", false, { children: "wait" }, {}],
    ["was made by nobody", false, {}, { parent: null }],
    ["names somebody", false, {}, { person: somebody }],
    ["is in use", false, {}, { busy: true }],
    ["lies in another scope", false, { match: { scope: ["agt_2"] } }, {}],
    ["is younger than is kept", false, { keep: { min_age: "P401D" } }, {}],
    ["has no age", false, {}, { clocks: { created_at: null, last_active_at: NOW } }],
  ])("%s: %s", (_, may, fields, changes) => {
    const together = rule({
      expire: [{ clock: "created_at", after: "P500D" }],
      children: "together",
      ...fields,
    });
    expect(mayFollow(together, session({ ...made, ...changes }))).toBe(may);
  });
});

describe("the exact time", () => {
  test.each([
    [NOW - 30 * DAY, "due"],
    [NOW - 30 * DAY + 1, "not_due"],
    [NOW - 30 * DAY - 1, "due"],
  ])("%d is %s after P30D", (at, kind) => {
    const verdict = judge(
      rule({ expire: [{ clock: "created_at", after: "P30D" }] }),
      session({ clocks: { created_at: at } }),
    );
    expect(verdict.kind).toBe(kind);
  });

  test.each([
    ["2026-02-28T12:00:00Z", "due"],
    ["2026-02-28T12:00:00.001Z", "not_due"],
    ["2026-03-01T00:00:00Z", "not_due"],
  ])("a month before March 31: %s is %s", (at, kind) => {
    const verdict = judge(
      rule({ expire: [{ clock: "created_at", after: "P1M" }] }, Date.parse("2026-03-31T12:00:00Z")),
      session({ clocks: { created_at: Date.parse(at) } }),
    );
    expect(verdict.kind).toBe(kind);
  });
});

describe("what is unknown is kept", () => {
  const stale = { expire: [{ clock: "last_active_at", after: "P30D" }] };

  test.each([
    ["missing", undefined],
    ["null", null],
    ["the placeholder of 1970", 0],
    ["before 2015", YEAR_2015 - 1],
    ["the year 2100", YEAR_2100],
    ["no number", Number.NaN],
    ["without end", -Infinity],
  ])("a clock that is %s makes nothing due and counts as undated", (_name, at) => {
    const clocksOf = at === undefined ? {} : { created_at: at };
    expect(
      judge(
        rule({ expire: [{ clock: "created_at", after: "PT0S" }] }),
        session({ clocks: clocksOf }),
      ),
    ).toEqual({ kind: "not_due", undated: true });
  });

  it("a created_at clause is the back-stop of an undated session", () => {
    const both = { expire: [...stale.expire, { clock: "created_at", after: "P1Y" }] };
    expect(judge(rule(both), session()).kind).toBe("due");
  });

  it("activity that nobody has read asks to be read", () => {
    const one = session({ clocks: { last_active_at: NOW - 40 * DAY }, activity_read: false });
    expect(judge(rule(stale), one)).toMatchObject({
      kind: "unread",
      threshold: { clock: "last_active_at", at: NOW - 30 * DAY },
    });
  });

  it("activity that nobody has read is not asked for when the session is young anyway", () => {
    const one = session({
      clocks: { last_active_at: NOW - 29 * DAY, created_at: NOW - 29 * DAY },
      activity_read: false,
    });
    expect(judge(rule(stale), one)).toEqual({ kind: "not_due", undated: false });
  });

  it("a session in use is never due", () => {
    expect(
      judge(rule({ expire: [{ clock: "created_at", after: "PT0S" }] }), session({ busy: true })),
    ).toEqual({
      kind: "not_due",
      undated: false,
    });
  });

  it("a threshold or a minimum age that is no number keeps everything", () => {
    const good = rule({
      expire: [{ clock: "created_at", after: "P1D" }],
      keep: { min_age: "P1D" },
    });
    const broken = {
      ...good,
      thresholds: good.thresholds.map((one) => ({ ...one, at: Number.NaN })),
    };
    expect(judge(good, session()).kind).toBe("due");
    expect(judge(broken, session()).kind).toBe("not_due");
    expect(judge({ ...good, youngest: Number.NaN }, session()).kind).toBe("kept");
  });

  test.each([Number.NaN, Infinity, -Infinity])("a cutoff of %d is a bug", (cutoff) => {
    expect(() => freeze(policy(stale), cutoff)).toThrow("a cutoff is a time");
  });
});

describe("keep beats expire", () => {
  const young = { expire: [{ clock: "created_at", after: "PT0S" }], keep: { min_age: "P30D" } };

  test.each([
    [NOW - 30 * DAY, "due"],
    [NOW - 30 * DAY + 1, "kept"],
    [NOW, "kept"],
  ])("a session of %d is %s with a minimum age of P30D", (at, kind) => {
    expect(judge(rule(young), session({ clocks: { created_at: at } })).kind).toBe(kind);
  });

  test.each([[null], [0], [YEAR_2100]])("an unreadable created_at (%s) is too young", (at) => {
    const document = {
      ...young,
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
    };
    const verdict = judge(
      rule(document),
      session({ clocks: { expires_at: NOW - DAY, created_at: at } }),
    );
    expect(verdict.kind).toBe("kept");
  });

  it("does not ask for the activity of what is kept anyway", () => {
    const document = {
      expire: [{ clock: "last_active_at", after: "PT0S" }],
      keep: { min_age: "P30D" },
    };
    const one = session({
      clocks: { last_active_at: NOW - DAY, created_at: NOW - DAY },
      activity_read: false,
    });
    expect(judge(rule(document), one).kind).not.toBe("unread");
    expect(judge(rule(document), one).kind).not.toBe("due");
  });
});

describe("match", () => {
  const due = (match: unknown, one: Partial<Session>): string =>
    judge(rule({ expire: [{ clock: "created_at", after: "P1D" }], match }), session(one)).kind;

  test.each<[string, unknown, Partial<Session>, string]>([
    ["a scope", { scope: ["agt_1"] }, {}, "due"],
    ["a glob", { scope: ["x", "agt_*"] }, {}, "due"],
    ["another scope", { scope: ["agt_2"] }, {}, "unmatched"],
    ["a part of a scope", { scope: ["agt_"] }, {}, "unmatched"],
    ["other letters", { scope: ["AGT_1"] }, {}, "unmatched"],
    ["metadata", { metadata: { plan: "free" } }, { metadata: { plan: "free" } }, "due"],
    ["nested metadata", { metadata: { "a.b": true } }, { metadata: { a: { b: true } } }, "due"],
    ["a key with a dot in it", { metadata: { "a.b": 1 } }, { metadata: { "a.b": 1 } }, "unmatched"],
    ["1 for a text", { metadata: { tier: "1" } }, { metadata: { tier: 1 } }, "unmatched"],
    ["true for 1", { metadata: { tier: true } }, { metadata: { tier: 1 } }, "unmatched"],
    [
      "one of several",
      { metadata: { plan: "free" } },
      { metadata: { plan: ["free"] } },
      "unmatched",
    ],
    ["null for a text", { metadata: { plan: "null" } }, { metadata: { plan: null } }, "unmatched"],
    [
      "only one of two",
      { metadata: { plan: "free", tier: 1 } },
      { metadata: { plan: "free" } },
      "unmatched",
    ],
    ["no metadata at all", { metadata: { plan: "free" } }, { metadata: null }, "unmatched"],
    [
      "what every object inherits",
      { metadata: { "constructor.name": "Object" } },
      { metadata: {} },
      "unmatched",
    ],
    ["a prototype", { metadata: { "toString.length": 0 } }, { metadata: {} }, "unmatched"],
    [
      "both, one of them missing",
      { scope: ["agt_1"], metadata: { plan: "free" } },
      { metadata: {} },
      "unmatched",
    ],
  ])("%s", (_name, match, one, kind) => {
    expect(due(match, one)).toBe(kind);
  });
});

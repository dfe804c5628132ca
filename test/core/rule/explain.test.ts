import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { explain } from "../../../src/core/rule/explain.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import type { Session } from "../../../src/core/session/session.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15);

function sessionOf(changes: Partial<Session> = {}): Session {
  return {
    scope: "w",
    id: "s",
    clocks: { created_at: NOW - 30 * DAY, expires_at: NOW - 10 * DAY },
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version: 1,
    metadata: null,
    ...changes,
  };
}

function ruleOf(more: object = {}) {
  const expire = [{ clock: "expires_at", after: "P7D" }];
  return freeze(Policy.parse({ source: "s", expire, ...more }), NOW);
}

describe("what a policy says of a session", () => {
  it("is due, by which clause, since when", () => {
    expect(explain(ruleOf(), sessionOf())).toEqual({
      verdict: "due",
      clause: 0,
      clock: "expires_at",
      threshold: NOW - 7 * DAY,
      due_at: NOW - 3 * DAY,
      unmatched_by: null,
      stops: [],
    });
  });

  it.each([
    ["match.scope", { scope: ["v"], metadata: { tier: "free" } }],
    ["match.orphan", { scope: ["w"], orphan: true }],
    ["match.metadata.plan.name", { metadata: { tier: "free", "plan.name": "a" } }],
    [null, { scope: ["*"], metadata: { tier: "free" } }],
  ])("names %s, the part of match that leaves it out", (part, match) => {
    const session = sessionOf({ metadata: { tier: "free", plan: { name: "b" } } });
    expect(explain(ruleOf({ match }), session).unmatched_by).toBe(part);
  });

  it.each([
    ["not_matched", { match: { scope: ["v"] } }, {}, null, []],
    ["not_matched", { match: { orphan: true } }, {}, null, []],
    ["not_matched", { match: { orphan: true } }, { orphan: false }, null, []],
    ["due", { match: { orphan: true } }, { orphan: true }, NOW - 3 * DAY, []],
    ["not_due", { expire: [{ clock: "expires_at", after: "P30D" }] }, {}, NOW + 20 * DAY, []],
    ["undated", {}, { clocks: { created_at: NOW } }, null, ["undated"]],
    [
      "with_parent",
      { expire: [{ clock: "created_at", after: "P30D" }], children: "together" },
      { parent: { scope: "w", id: "p" }, person: [], clocks: { created_at: NOW - DAY } },
      NOW + 29 * DAY,
      [],
    ],
    ["undated", {}, { clocks: { expires_at: 0 } }, null, ["undated"]],
    ["due", { keep: { min_age: "P60D" } }, {}, NOW - 3 * DAY, ["min_age"]],
    ["due", {}, { busy: true }, NOW - 3 * DAY, ["busy"]],
    ["due", { keep: { min_age: "P60D" } }, { busy: true }, NOW - 3 * DAY, ["min_age", "busy"]],
    [
      "unread",
      { expire: [{ clock: "last_active_at", after: "P7D" }] },
      { activity_read: false, clocks: { last_active_at: NOW - 8 * DAY } },
      NOW - DAY,
      [],
    ],
    [
      "unread",
      { expire: [{ clock: "last_active_at", after: "P7D" }], keep: { min_age: "P60D" } },
      {
        activity_read: false,
        clocks: { created_at: NOW - 30 * DAY, last_active_at: NOW - 8 * DAY },
      },
      NOW - DAY,
      ["min_age"],
    ],
    [
      "not_due",
      {
        expire: [
          { clock: "expires_at", after: "P90D" },
          { clock: "created_at", after: "P60D" },
        ],
      },
      {},
      NOW + 30 * DAY,
      [],
    ],
  ] as const)("is %s under %j of %j", (verdict, policy, session, dueAt, stops) => {
    expect(explain(ruleOf(policy), sessionOf(session))).toMatchObject({
      verdict,
      due_at: dueAt,
      stops,
    });
  });

  it("is what the sweep decides, whatever the rule and the session", () => {
    const days = fc.integer({ min: 0, max: 60 });
    const clock = fc.option(
      days.map((ago) => NOW - ago * DAY),
      { nil: null },
    );
    const policy = fc.record({
      source: fc.constant("s"),
      expire: fc.array(
        fc.record({
          clock: fc.constantFrom("expires_at", "last_active_at", "created_at"),
          after: days.map((n) => `P${n}D`),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      keep: fc.option(fc.record({ min_age: days.map((n) => `P${n}D`) }), { nil: undefined }),
      match: fc.option(fc.constant({ scope: ["w"] }), { nil: undefined }),
    });
    const session = fc.record({
      scope: fc.constantFrom("w", "v"),
      busy: fc.boolean(),
      activity_read: fc.boolean(),
      clocks: fc.record({ expires_at: clock, last_active_at: clock, created_at: clock }),
    });
    fc.assert(
      fc.property(policy, session, (document, changes) => {
        const rule = freeze(Policy.parse(document), NOW);
        const one = sessionOf(changes);
        const { verdict, stops, due_at: dueAt } = explain(rule, one);
        const decided = judge(rule, one);
        expect(verdict === "due" && stops.length === 0).toBe(decided.kind === "due");
        expect(verdict === "not_matched").toBe(decided.kind === "unmatched");
        expect(verdict === "unread" && stops.length === 0).toBe(decided.kind === "unread");
        expect("due_at" in decided ? decided.due_at : dueAt).toBe(dueAt);
      }),
      { numRuns: 2000 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { APPROVALS } from "../../../src/core/policy/floors.ts";
import { matchesGlob } from "../../../src/core/values/glob.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { CLOCKS, type Session } from "../../../src/core/session/session.ts";
import { isNoWider } from "../../../src/core/policy/widening.ts";

const DAY = 86_400_000;

const BASE = {
  source: "agent_sessions",
  mode: "enforce",
  expire: [{ clock: "created_at", after: "P30D" }],
  match: { scope: ["agt_*"], metadata: { plan: "free" } },
  keep: { min_age: "P7D", latest: 2 },
  budget: { items: 100, per_second: 5 },
  brake: { items: 50, percent: 20 },
  approval: "changes",
};

function policy(changes: object): Policy {
  return Policy.parse({ ...BASE, ...changes });
}

describe("an edited version", () => {
  test.each<[string, object]>([
    ["is the same", {}],
    ["has another note, schedule and read-back", { note: "x", schedule: "0 3 * * *", verify: 0 }],
    ["lengthens its only clause", { expire: [{ clock: "created_at", after: "P31D" }] }],
    ["lengthens days to months", { expire: [{ clock: "created_at", after: "P2M" }] }],
    ["is off", { mode: "off", expire: [{ clock: "created_at", after: "PT0S" }] }],
    ["observes", { mode: "observe", expire: [{ clock: "created_at", after: "PT0S" }] }],
    ["narrows its scopes", { match: { ...BASE.match, scope: ["agt_1*", "agt_x"] } }],
    ["asks for more metadata", { match: { ...BASE.match, metadata: { plan: "free", a: 1 } } }],
    ["matches orphans alone", { match: { ...BASE.match, orphan: true } }],
    ["keeps older ones", { keep: { min_age: "P8D", latest: 2 } }],
    ["keeps more of them", { keep: { min_age: "P7D", latest: 3 } }],
    ["does less at once", { budget: { items: 99, per_second: 4 } }],
    ["brakes earlier", { brake: { items: 49, percent: 19 } }],
    ["asks for more approval", { approval: "every" }],
    ["says that it waits for children", { children: "wait" }],
  ])("is no wider when it %s", (_, changes) => {
    expect(isNoWider(policy(changes), policy({}))).toBe(true);
  });

  test.each<[string, object, object?]>([
    ["names another source", { source: "client_sessions" }],
    ["begins to remove", {}, { mode: "observe" }],
    ["is switched on", {}, { mode: "off" }],
    ["shortens its clause", { expire: [{ clock: "created_at", after: "P29D" }] }],
    ["shortens by a second", { expire: [{ clock: "created_at", after: "P29DT23H59M59S" }] }],
    [
      "turns days into a month, which may be shorter",
      { expire: [{ clock: "created_at", after: "P1M" }] },
    ],
    ["counts from another clock", { expire: [{ clock: "last_active_at", after: "P90D" }] }],
    [
      "adds a clause of another clock",
      { expire: [...BASE.expire, { clock: "last_active_at", after: "P90D" }] },
    ],
    ["matches another scope", { match: { ...BASE.match, scope: ["agt_*", "bot"] } }],
    ["matches every scope", { match: { metadata: { plan: "free" } } }],
    ["asks for other metadata", { match: { ...BASE.match, metadata: { plan: "paid" } } }],
    ["asks for metadata of another type", { match: { ...BASE.match, metadata: { plan: true } } }],
    ["asks for no metadata", { match: { scope: ["agt_*"] } }],
    ["matches all", { match: undefined }],
    ["matches more than orphans", {}, { match: { ...BASE.match, orphan: true } }],
    ["keeps younger ones no more", { keep: { min_age: "P6D", latest: 2 } }],
    ["keeps fewer", { keep: { min_age: "P7D", latest: 1 } }],
    ["keeps nobody's newest", { keep: { min_age: "P7D" } }],
    ["keeps nothing", { keep: undefined }],
    ["does more at once", { budget: { items: 101, per_second: 5 } }],
    ["does it faster", { budget: { items: 100, per_second: 6 } }],
    ["does it as fast as the source", { budget: { items: 100 } }],
    ["brakes later by items", { brake: { items: 51, percent: 20 } }],
    ["has no brake by items", { brake: { percent: 20 } }],
    ["brakes later by percent", { brake: { items: 50, percent: 21 } }],
    ["asks for less approval", { approval: "none" }],
    ["asks for no approval", { approval: undefined }],
    ["takes children along", { children: "together" }],
  ])("is wider when it %s", (_, changes, before = {}) => {
    expect(isNoWider(policy(changes), policy(before))).toBe(false);
  });
});

const spans = fc.constantFrom(
  "PT0S",
  "PT15M",
  "P1D",
  "P28D",
  "P30D",
  "P31D",
  "P62D",
  "P1M",
  "P1M1D",
  "P1M4D",
  "P2M",
  "P1Y",
);
const patterns = fc.constantFrom("*", "agt_*", "agt_1", "agt_1*", "*_1", "a*1", "x");
const versions = fc.record(
  {
    source: fc.constant("agent_sessions"),
    mode: fc.constantFrom("off", "observe", "enforce", "enforce", "enforce"),
    expire: fc.array(fc.record({ clock: fc.constantFrom(...CLOCKS), after: spans }), {
      minLength: 1,
      maxLength: 3,
    }),
    match: fc.record(
      {
        scope: fc.array(patterns, { minLength: 1, maxLength: 3 }),
        metadata: fc.constantFrom({ plan: "free" }, { plan: 1 }, { plan: "free", b: true }),
      },
      { requiredKeys: [] },
    ),
    keep: fc.record(
      { min_age: spans, latest: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: [] },
    ),
    approval: fc.constantFrom(...APPROVALS),
  },
  { requiredKeys: ["source", "mode", "expire"] },
);
const cutoffs = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2025, 0, 1) });

function sessionsAt(cutoff: number): fc.Arbitrary<Session> {
  const time = fc.oneof(
    fc.integer({ min: cutoff - 400 * DAY, max: cutoff + DAY }),
    fc.integer({ min: 0, max: 63 }).map((days) => cutoff - days * DAY),
    fc.constant(null),
  );
  return fc.record({
    scope: fc.constantFrom("agt_1", "agt_2", "x", "b_1"),
    id: fc.constant("s"),
    clocks: fc.record({ created_at: time, last_active_at: time, expires_at: time }),
    activity_read: fc.boolean(),
    busy: fc.constant(false),
    person: fc.constant([]),
    parent: fc.constant(null),
    version: fc.constant(1),
    metadata: fc.constantFrom({ plan: "free" }, { plan: 1 }, { plan: "free", b: true }, null),
  });
}

describe("a version that is no wider", () => {
  it("makes nothing due, and weighs nothing, that the other one would not", () => {
    let compared = 0;
    let due = 0;
    fc.assert(
      fc.property(
        versions,
        versions,
        cutoffs.chain((cutoff) =>
          fc.tuple(
            fc.constant(cutoff),
            fc.array(sessionsAt(cutoff), { minLength: 5, maxLength: 20 }),
          ),
        ),
        (next, trusted, [cutoff, sessions]) => {
          const [one, other] = [Policy.parse(next), Policy.parse(trusted)];
          if (!isNoWider(one, other)) {
            return;
          }
          compared += 1;
          for (const session of one.mode === "enforce" ? sessions : []) {
            const { kind } = judge(freeze(one, cutoff), session);
            const then = judge(freeze(other, cutoff), session).kind;
            due += kind === "due" ? 1 : 0;
            expect(kind === "due" && then !== "due" && then !== "unread").toBe(false);
            expect(kind === "unread" && then !== "due" && then !== "unread").toBe(false);
          }
        },
      ),
      { numRuns: 20_000 },
    );
    expect(compared).toBeGreaterThan(500);
    expect(due).toBeGreaterThan(30);
  });

  it("is itself, and whatever is no wider than what is no wider", () => {
    fc.assert(
      fc.property(versions, (version) => {
        const one = Policy.parse(version);
        expect(isNoWider(one, one)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        const [one, two, three] = [a, b, c].map((version) =>
          Policy.parse({ ...version, mode: "enforce" }),
        ) as [Policy, Policy, Policy];
        expect(isNoWider(one, two) && isNoWider(two, three) && !isNoWider(one, three)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a pattern that covers another", () => {
  it("matches whatever the other one matches", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 5 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });
    let covered = 0;
    fc.assert(
      fc.property(pattern, pattern, text, (outer, inner, one) => {
        const isCovered = matchesGlob(outer, inner) && matchesGlob(inner, one);
        covered += isCovered ? 1 : 0;
        expect(isCovered && !matchesGlob(outer, one)).toBe(false);
      }),
      { numRuns: 50_000 },
    );
    expect(covered).toBeGreaterThan(500);
  });
});

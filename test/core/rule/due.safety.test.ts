import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { after, parseDuration } from "../../../src/core/values/duration.ts";
import { matchesGlob } from "../../../src/core/values/glob.ts";
import type { Policy } from "../../../src/core/policy/policy.ts";
import { CLOCKS, type Clock, type Session } from "../../../src/core/session/session.ts";
import { DAY, NOW, policy, rule, session, YEAR_2015, YEAR_2100 } from "../../support/due_rules.ts";

const spans = fc.constantFrom(
  "PT0S",
  "PT15M",
  "P1D",
  "P30D",
  "P1M",
  "P6M",
  "P1M2D",
  "P1Y",
  "P100Y",
);
const cutoffs = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
// Around every threshold, and everything a source could hand over by mistake.
const clocks = fc.oneof(
  fc.integer({ min: Date.UTC(2018, 0, 1), max: Date.UTC(2031, 0, 1) }),
  fc.constantFrom(
    null,
    0,
    -1,
    1,
    Number.NaN,
    Infinity,
    -Infinity,
    YEAR_2015 - 1,
    YEAR_2015,
    YEAR_2100,
  ),
);
const policies = fc
  .record(
    {
      expire: fc.array(fc.record({ clock: fc.constantFrom(...CLOCKS), after: spans }), {
        minLength: 1,
        maxLength: 3,
      }),
      match: fc.record(
        {
          scope: fc.array(fc.constantFrom("agt_1", "agt_*", "*", "other", "agt_"), {
            minLength: 1,
          }),
          metadata: fc.constantFrom({ plan: "free" }, { "a.b": 1 }, { constructor: "x" }),
        },
        { requiredKeys: [] },
      ),
      keep: fc.record(
        { min_age: spans, latest: fc.integer({ min: 1, max: 3 }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["expire"] },
  )
  .map(policy);
const sessions: fc.Arbitrary<Session> = fc
  .record({
    scope: fc.constantFrom("agt_1", "agt_2", "other"),
    clocks: fc.record(
      { created_at: clocks, last_active_at: clocks, expires_at: clocks },
      { requiredKeys: [] },
    ),
    activity_read: fc.boolean(),
    busy: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    metadata: fc.constantFrom(
      null,
      {},
      { plan: "free" },
      { plan: "FREE" },
      { a: { b: 1 } },
      { a: { b: "1" } },
    ),
  })
  .map(session);

function isReadable(at: number | null | undefined): at is number {
  return at !== null && at !== undefined && at >= YEAR_2015 && at < YEAR_2100;
}

function isWithin(at: number | null | undefined, span: string, cutoff: number): boolean {
  const duration = parseDuration(span);
  return isReadable(at) && duration.ok && after(at, duration.value) <= cutoff;
}

function isDueBy(clause: { clock: Clock; after: string }, one: Session, cutoff: number): boolean {
  return (
    isWithin(one.clocks[clause.clock], clause.after, cutoff) &&
    (clause.clock !== "last_active_at" || one.activity_read)
  );
}

function isOldEnough(document: Policy, one: Session, cutoff: number): boolean {
  const minAge = document.keep?.min_age;
  return minAge === undefined || isWithin(one.clocks.created_at, minAge, cutoff);
}

/** What `match` selects, by the whole text: `{ constructor: "x" }` selects nothing here. */
function isMatched({ match }: Policy, { scope, metadata }: Session): boolean {
  const selected: Readonly<Record<string, string>> = {
    '{"plan":"free"}': '{"plan":"free"}',
    '{"a.b":1}': '{"a":{"b":1}}',
  };
  return (
    (match?.scope ?? ["*"]).some((pattern) => matchesGlob(pattern, scope)) &&
    (match?.metadata === undefined ||
      selected[JSON.stringify(match.metadata)] === JSON.stringify(metadata))
  );
}

describe("nothing is due that is not due", () => {
  it("means: matched, idle, old enough, and a clause whose clock is read, real and past its time", () => {
    let due = 0;
    fc.assert(
      fc.property(policies, cutoffs, sessions, (document, cutoff, one) => {
        const verdict = judge(freeze(document, cutoff), one);
        const isDue = verdict.kind === "due";
        due += isDue ? 1 : 0;
        const clause = isDue ? document.expire[verdict.clause] : undefined;
        const mayGo =
          clause !== undefined &&
          isDueBy(clause, one, cutoff) &&
          isMatched(document, one) &&
          !one.busy &&
          isOldEnough(document, one, cutoff);
        expect(isDue && !(mayGo && verdict.due_at <= cutoff)).toBe(false);
      }),
      { numRuns: 20_000 },
    );
    expect(due).toBeGreaterThan(500);
  });

  it("is due by what is due without months, so that nothing stays for ever", () => {
    const exact = fc.constantFrom("PT0S", "PT15M", "P1D", "P30D");
    fc.assert(
      fc.property(
        exact,
        cutoffs,
        fc.integer({ min: YEAR_2015, max: YEAR_2100 - 1 }),
        (span, cutoff, at) => {
          const verdict = judge(
            rule({ expire: [{ clock: "created_at", after: span }] }, cutoff),
            session({ clocks: { created_at: at } }),
          );
          expect(verdict.kind).toBe(isWithin(at, span, cutoff) ? "due" : "not_due");
        },
      ),
    );
  });

  it("stays due as the cutoff moves on, months clamped at a month's end aside", () => {
    fc.assert(
      fc.property(
        policies,
        cutoffs,
        sessions,
        fc.integer({ min: 0, max: 400 * DAY }),
        (document, cutoff, one, later) => {
          const hasMonths = [
            ...document.expire.map((clause) => clause.after),
            document.keep?.min_age ?? "",
          ].some((span) => /^P\d+M|Y/.test(span));
          // A clamped day can take back less than a day: from one day later on, it is due for good.
          const next = cutoff + later + (hasMonths ? 4 * DAY : 0);
          const isDue = judge(freeze(document, cutoff), one).kind === "due";
          const isDueLater = judge(freeze(document, next), one).kind === "due";
          expect(isDue && !isDueLater).toBe(false);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test.each([
    [100, 1, NOW - 100 * DAY + 900_000],
    [10, 0, NOW - 35 * DAY],
  ])(
    "tells which clause came first when it expired %d days ago, and when",
    (days, clause, dueAt) => {
      const document = {
        source: "client_sessions",
        expire: [
          { clock: "created_at", after: "P365D" },
          { clock: "expires_at", after: "PT15M" },
        ],
      };
      const one = session({
        clocks: { created_at: NOW - 400 * DAY, expires_at: NOW - days * DAY },
      });
      expect(judge(rule(document), one)).toEqual({ kind: "due", clause, due_at: dueAt });
    },
  );
});

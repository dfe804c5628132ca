import { expect, test } from "vitest";
import { STOPS } from "../../../src/core/rule/explain.ts";
import { sweptNextAt, type AwaitedSession } from "../../../src/core/rule/swept_next.ts";

const NOW = Date.UTC(2026, 5, 15, 12, 10);
const DAY = 86_400_000;
const nextHour = Date.UTC(2026, 5, 15, 13);

function awaited(changes: Partial<AwaitedSession> = {}): AwaitedSession {
  return {
    policy: "p",
    runs: "0 * * * *",
    explained: { verdict: "due", due_at: NOW - DAY },
    stops: [],
    created_at: NOW - 3 * DAY,
    min_ages: [],
    is_planned: false,
    ...changes,
  };
}

test("what is due goes with the next run, and what is not with the first from its time on", () => {
  expect(sweptNextAt(awaited(), NOW)).toBe(nextHour);
  const later = { verdict: "not_due", due_at: nextHour + 2 * DAY } as const;
  expect(sweptNextAt(awaited({ explained: later }), NOW)).toBe(nextHour + 2 * DAY);
  expect(sweptNextAt(awaited({ is_planned: true }), NOW)).toBe(NOW);
});

test("what is too young goes when it is old enough for each minimum age", () => {
  const young = awaited({ stops: ["min_age"], min_ages: ["P5D", "P4D"] });
  // Two days from now, at ten past.
  expect(sweptNextAt(young, NOW)).toBe(nextHour + 2 * DAY);
  expect(sweptNextAt({ ...young, created_at: null }, NOW)).toBeNull();
});

test.each(STOPS.filter((stop) => stop !== "min_age"))("%s holds it back for good", (stop) => {
  expect(sweptNextAt(awaited({ stops: [stop], is_planned: true }), NOW)).toBeNull();
});

test.each(["not_matched", "undated", "with_parent"] as const)("%s has no time", (verdict) => {
  expect(sweptNextAt(awaited({ explained: { verdict, due_at: NOW } }), NOW)).toBeNull();
});

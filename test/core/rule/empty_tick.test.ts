import { expect, test } from "vitest";
import { folded, foldsInto } from "../../../src/core/rule/empty_tick.ts";
import { NO_FLOORS } from "../../../src/core/policy/floors.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../../../src/core/report/sweep.ts";
import { formatTimestamp } from "../../../src/core/values/timestamp.ts";

const WHO = { name: "anna", at: "2026-09-01T12:00:00.000Z" };

const report = (minute: number, more: Partial<SweepReport> = {}): SweepReport => {
  const at = formatTimestamp(Date.UTC(2026, 8, 1, 12, minute));
  return {
    ...UNTOLD_SWEEP,
    id: `swp_${minute}`,
    policy: "p",
    policy_digest: "d",
    source: "s",
    scopes: null,
    mode: "enforce",
    tick: at,
    note: null,
    started_by: null,
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    stop_reason: null,
    created_at: at,
    waits_since: null,
    approval: "none",
    floors: NO_FLOORS,
    trigger: "tick",
    folded: null,
    status: "completed",
    counts: { ...UNTOLD_SWEEP.counts, examined: minute },
    backlog: 0,
    finished_at: at,
    ...more,
  };
};

test("a tick that found nothing folds into the next that found nothing either", () => {
  expect(foldsInto(report(1), report(2))).toBe(true);
  const held = { counts: { ...UNTOLD_SWEEP.counts, held: 2 }, backlog: 2 };
  expect(foldsInto(report(1, held), report(2, held))).toBe(true);
});

test("each day in UTC has a report of its own, so that a list of that day is not empty", () => {
  expect(foldsInto(report(0), report(719))).toBe(true);
  expect(foldsInto(report(719), report(720))).toBe(false);
});

test.each<[string, Partial<SweepReport>]>([
  ["was requested", { trigger: "request", tick: null }],
  ["is a preview", { trigger: "preview" }],
  ["was asked for by a person", { started_by: WHO }],
  ["was joined by a person", { joined_by: [WHO] }],
  ["was approved", { approved_by: [WHO] }],
  ["was cancelled", { cancelled_by: WHO }],
  ["has not ended", { status: "verifying" }],
  ["waits", { status: "braked" }],
  ["failed", { status: "failed" }],
  ["stalled", { status: "stalled" }],
  ["was superseded", { status: "superseded" }],
  ["has an error", { error: { code: "paused", message: "" } }],
  ["was guarded", { guard: { code: "source_empty", held: 3 } }],
  ["found something due", { counts: { ...UNTOLD_SWEEP.counts, due: 1 } }],
  ["planned something", { counts: { ...UNTOLD_SWEEP.counts, planned: 1 } }],
  ["removed something", { dispositions: { deleted: 1 } }],
  ["ran under another version", { policy_digest: "e" }],
  ["ran under other floors", { floors: { ...NO_FLOORS, approval: "every" } }],
  ["is of another policy", { policy: "q" }],
  ["ran in another source", { source: "t" }],
  ["observed", { status: "observed", mode: "observe" }],
  ["left more that is held", { counts: { ...UNTOLD_SWEEP.counts, held: 1 } }],
  ["selected nobody", { counts: { ...UNTOLD_SWEEP.counts, matched: 0 } }],
  ["left another backlog", { backlog: 1 }],
  ["could not list everything", { unsearched: 1 }],
  ["could not read everything", { unreadable: { count: 1, sessions: [{ scope: "a", id: "x" }] } }],
])("one that %s folds with no other", (_, more) => {
  expect(foldsInto(report(1, more), report(2))).toBe(false);
  expect(foldsInto(report(1), report(2, more))).toBe(false);
});

test("the later counts the ticks, and keeps the time of the first", () => {
  const first = report(1);
  const second = folded(first, report(2));
  expect(second).toEqual({ ...report(2), folded: { ticks: 2, since: first.tick } });
  expect(folded(second, report(9)).folded).toEqual({ ticks: 3, since: first.tick });
});

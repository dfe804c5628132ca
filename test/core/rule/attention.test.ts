import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ATTENTION_CODES,
  AttentionList,
  type Attention,
} from "../../../src/core/report/attention.ts";
import {
  attentionOf,
  boundAttention,
  type AttentionFacts,
} from "../../../src/core/rule/attention.ts";
import type { PolicyFacts } from "../../../src/core/rule/attention_policies.ts";
import { formatTimestamp } from "../../../src/core/values/timestamp.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const HOUR = 3_600_000;

const NONE = { first: [], total: 0 };
const NOTHING: AttentionFacts = {
  pauses: [],
  sources: [],
  last_tick: NOW,
  tick_missing_since: null,
  skipped: [],
  jobs: {
    sweeps_waiting: [],
    sweeps_stalled: [],
    erasures_waiting: NONE,
    erasures_stalled: NONE,
    erasures_late: NONE,
    erasures_at_risk: NONE,
  },
  policies: [],
  holds: NONE,
};

const POLICY: PolicyFacts = {
  policy: "p",
  source: "s",
  completed_at: NOW,
  rhythm: null,
  undated: null,
  nobody: { sweeps: 0, since: null },
};

const entry = fc.record({
  code: fc.constantFrom(...ATTENTION_CODES),
  since: fc.option(fc.integer({ min: 0, max: NOW }).map(formatTimestamp)),
  about: fc.record({ kind: fc.constant("policy" as const), id: fc.string() }),
  message: fc.string(),
  settle: fc.constant(null),
});

describe("the list", () => {
  test("holds a hundred at most, the first of every code, and counts all the rest", () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 400, size: "max" }),
        fc.dictionary(fc.constantFrom(...ATTENTION_CODES), fc.nat(1000)),
        (found, more) => {
          const list = boundAttention(found, more);
          expect(AttentionList.safeParse(list).success).toBe(true);
          expect(list.attention.length).toBe(Math.min(100, found.length));
          for (const code of ATTENTION_CODES) {
            const of = (entries: readonly Attention[]) =>
              entries.filter((one) => one.code === code);
            const shown = of(list.attention);
            const all = of(found)
              .map(({ since }) => since ?? "")
              .toSorted();
            expect(shown.map(({ since }) => since ?? "")).toEqual(all.slice(0, shown.length));
            expect(shown.length > 0).toBe(all.length > 0);
            expect(shown.length + (list.attention_more[code] ?? 0)).toBe(
              all.length + (more[code] ?? 0),
            );
          }
          const urgencies = list.attention.map(({ code }) => ATTENTION_CODES.indexOf(code));
          expect(urgencies).toEqual(urgencies.toSorted((one, other) => one - other));
        },
      ),
    );
  });

  test("bounding it twice changes nothing", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 300, size: "max" }), (found) => {
        const once = boundAttention(found, {});
        expect(boundAttention(once.attention, once.attention_more)).toEqual(once);
      }),
    );
  });

  test("is empty when all is well", () => {
    expect(attentionOf(NOTHING, NOW)).toEqual({ attention: [], attention_more: {} });
  });
});

describe("what is said", () => {
  const ONE = { id: "ers_1", since: NOW - HOUR };
  const LATE = { id: "ers_1", due_at: NOW - HOUR };
  const full: AttentionFacts = {
    pauses: [pause(null, null), pause("s", NOW + HOUR)],
    sources: [
      source("s", "failing", "stalled", NOW - HOUR),
      source("d", "failing", "migrations_missing", null),
      source("ok", "ok", null, null),
    ],
    last_tick: null,
    tick_missing_since: NOW - HOUR,
    skipped: [
      { id: "p", code: "policy_invalid", since: AT, errors: [{ field: "expire", message: "no" }] },
      { id: "q", code: "kv_stale", since: AT, errors: [{ field: "", message: "old" }] },
      { id: "*", code: "policy_unread", since: AT, errors: [] },
    ],
    jobs: {
      sweeps_waiting: [
        {
          id: "swp_1",
          policy: "p",
          status: "braked",
          waits_since: AT,
          planned: 7,
          approval: "none",
          guard: { code: "brake_items", due: 7, limit: 5 },
        },
        {
          id: "swp_2",
          policy: "q",
          status: "needs_approval",
          waits_since: AT,
          planned: 8,
          approval: "every",
          guard: null,
        },
      ],
      sweeps_stalled: [{ id: "swp_3", policy: "r", finished_at: AT }],
      erasures_waiting: { first: [ONE], total: 3 },
      erasures_stalled: { first: [{ ...ONE, sources: ["s"] }], total: 1 },
      erasures_late: { first: [LATE], total: 5 },
      erasures_at_risk: { first: [{ ...LATE, risky_since: NOW - HOUR }], total: 1 },
    },
    policies: [
      {
        ...POLICY,
        completed_at: NOW - 5 * HOUR,
        rhythm: HOUR,
        undated: { undated: 6, selected: 100, since: NOW - HOUR },
        nobody: { sweeps: 3, since: NOW - HOUR },
      },
    ],
    holds: { first: [{ id: "hld_1", review_at: NOW - HOUR }], total: 1 },
  };

  test("has since when, what about, one sentence, and the call that settles it, for every code", () => {
    const { attention, attention_more: more } = attentionOf(full, NOW);
    const told = Object.fromEntries(
      [...Map.groupBy(attention, ({ code }) => code)].map(([code, entries]) => [
        code,
        entries.map(({ about: { kind, id }, settle }) =>
          [
            `${kind} ${id ?? "-"}`,
            ...(settle === null ? [] : [`${settle.method} ${settle.path}`]),
          ].join(": "),
        ),
      ]),
    );
    expect(told).toEqual({
      migrations_missing: ["source d: POST /v1/sweeps"],
      no_tick: ["deployment -"],
      policy_unread: ["deployment -"],
      paused: ["deployment -: PUT /v1/switch", "source s: PUT /v1/switch"],
      erasure_late: ["erasure ers_1: GET /v1/erasures/ers_1"],
      source_failing: ["source s: POST /v1/sweeps"],
      stalled: ["sweep swp_3: POST /v1/sweeps", "erasure ers_1: GET /v1/erasures/ers_1"],
      braked: ["sweep swp_1: POST /v1/sweeps/swp_1/approve"],
      needs_approval: [
        "sweep swp_2: POST /v1/sweeps/swp_2/approve",
        "erasure ers_1: POST /v1/erasures/ers_1/approve",
      ],
      erasure_at_risk: ["erasure ers_1: GET /v1/erasures/ers_1"],
      breaker_open: ["source s"],
      no_completed_sweep: ["policy p: POST /v1/sweeps"],
      policy_invalid: ["policy p: PUT /v1/policies/p"],
      kv_stale: ["policy q: PUT /v1/policies/q"],
      undated: ["policy p: PUT /v1/policies/p"],
      selects_nobody: ["policy p: PUT /v1/policies/p"],
      hold_review_due: ["hold hld_1: POST /v1/holds/hld_1/release"],
    });
    // What only the API can know is not among them.
    const own = new Set(["registrar_unreachable", "configuration"]);
    expect(ATTENTION_CODES.filter((code) => !own.has(code))).toEqual(Object.keys(told));
    expect(more).toEqual({ erasure_late: 4, needs_approval: 2 });
    expect(attention.filter(({ since }) => since === null)).toEqual([]);
    const said = attention.map(({ message }) => message);
    expect(said).toContain("anna paused s until 2026-11-26T13:00:00.000Z: an incident");
    expect(said).toContain(
      "A sweep of p would remove 7 sessions and waits. 7 sessions are due, and the policy's brake lets 5 pass.",
    );
    expect(said).toContain("The last tick skipped the policy p: expire: no");
  });
});

const AT = formatTimestamp(NOW - HOUR);

function pause(name: string | null, until: number | null) {
  return { source: name, until, by: "anna", reason: "an incident", at: NOW - HOUR };
}

function source(
  name: string,
  status: "ok" | "failing",
  detail: string | null,
  open: number | null,
) {
  return { source: name, health: { status, detail, at: AT, since: AT }, breaker_open_since: open };
}

describe("a policy without a completed sweep", () => {
  const isTold = (facts: Partial<PolicyFacts>, now = NOW): boolean =>
    attentionOf({ ...NOTHING, policies: [{ ...POLICY, ...facts }] }, now).attention.length > 0;

  test("is told from its third time on, and not within the hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 * 24 }), fc.nat(200 * 24), (gap, waited) => {
        const rhythm = gap * HOUR;
        const told = isTold({ rhythm, completed_at: NOW - waited * HOUR });
        expect(told).toBe(waited >= 3 * gap);
      }),
    );
    expect(isTold({ rhythm: 60_000, completed_at: NOW - HOUR + 1 })).toBe(false);
    expect(isTold({ rhythm: 60_000, completed_at: NOW - HOUR })).toBe(true);
  });

  test("is never told while nothing is to be expected of it, nor before time goes on", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e12 }), (age) => {
        expect(isTold({ completed_at: NOW - age })).toBe(false);
        expect(isTold({ completed_at: NOW + Math.abs(age), rhythm: 60_000 })).toBe(false);
      }),
    );
  });

  test("is judged by the times of its schedule, however far apart they are, and by its jitter", () => {
    const monthly = "0 3 1,2 * *";
    const completed = Date.UTC(2026, 10, 2, 3, 5);
    const third = Date.UTC(2027, 0, 1, 3);
    expect(isTold({ rhythm: monthly, completed_at: completed }, third - 1)).toBe(false);
    expect(isTold({ rhythm: monthly, completed_at: completed }, third)).toBe(true);
    const spread = { cron: "0 3 * * *", zone: "Europe/Berlin", jitter: "PT6H" };
    const told = Array.from({ length: 7 * 60 }, (_, minute) => third + (minute - 60) * 60_000).find(
      (now) => isTold({ rhythm: spread, completed_at: Date.UTC(2026, 11, 29, 12) }, now),
    );
    expect(told).toBeGreaterThan(third - HOUR);
    expect(told).toBeLessThan(third + 5 * HOUR);
  });
});

test("few undated sessions, and one or two sweeps that selected nobody, need no person", () => {
  const facts = {
    ...POLICY,
    undated: { undated: 5, selected: 100, since: NOW },
    nobody: { sweeps: 2, since: NOW },
  };
  expect(attentionOf({ ...NOTHING, policies: [facts] }, NOW).attention).toEqual([]);
});

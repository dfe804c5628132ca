import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  contradictionOf,
  hasGrown,
  STALLED_FOR_MS,
  type ErasurePart,
} from "../../../src/core/rule/erasure.ts";
import { statementOf } from "../../../src/core/rule/erasure_statement.ts";
import {
  STATUSES,
  UNPLANNED,
  ENDED,
  GONE,
  NOW,
  part,
  anyParts,
  anyState,
  decide,
  type PartStatus,
} from "../../support/erasure_parts.ts";

describe("decideErasure", () => {
  test("never proceeds before every source has planned or ended, but for those it goes on without", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const decision = decide(parts, state);
        const isOpen = parts.some(
          ({ source, report }) => UNPLANNED.has(report.status) && !state.without.includes(source),
        );
        return !(decision.kind === "proceed" && isOpen && !state.proceeded);
      }),
    );
  });

  test("leaves out only what has stalled for an hour, and only where another one has planned", () => {
    let left = 0;
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const decision = decide(parts, state);
        if (decision.kind !== "leave") {
          return true;
        }
        left += 1;
        const hasPlanned = parts.some(({ report }) => report.status === "planned");
        return (
          decision.sources.length > 0 &&
          state.stopping === null &&
          (state.proceeded || hasPlanned) &&
          decision.sources.every((source) => {
            const one = parts.find((it) => it.source === source);
            const since = one?.stalled_since ?? null;
            return (
              one?.report.status === "stalled" &&
              !state.without.includes(source) &&
              since !== null &&
              since <= NOW - STALLED_FOR_MS
            );
          })
        );
      }),
      { numRuns: 3000 },
    );
    expect(left).toBeGreaterThan(0);
  });

  test("is no_match or completed only at its end", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const decision = decide(parts, state);
        return decision.kind !== "wait" || !["no_match", "completed"].includes(decision.status);
      }),
    );
  });

  test("never proceeds into a contradiction, or after a stop, or twice for the same find", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const isTwice = state.proceeded && !parts.some((one) => hasGrown(one, state));
        const isUnclear = contradictionOf(parts) !== null && !(state.proceeded && state.approved);
        const mayNot = isUnclear || state.stopping !== null || isTwice;
        return !(decide(parts, state).kind === "proceed" && mayNot);
      }),
    );
  });

  test("never proceeds over a limit without an approval", () => {
    fc.assert(
      fc.property(anyParts, anyState, fc.nat({ max: 3000 }), (parts, state, most) => {
        const found = parts.reduce((sum, { report }) => sum + report.found, 0);
        const isTooMuch = found > most || parts.some(({ report }) => report.guard !== null);
        const decision = decide(parts, state, most);
        if (decision.kind !== "proceed" || state.approved) {
          return true;
        }
        // A plan that comes late and holds nothing asks for nothing.
        const isEmpty = parts.every((one) => !hasGrown(one, state) || one.report.found === 0);
        const asks = isTooMuch || (state.must_ask && found > 0);
        return !asks || (state.proceeded && isEmpty);
      }),
    );
  });

  test("ends when, and only when, every source has ended and none must be stopped", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const allEnded = parts.every(({ report }) => ENDED.has(report.status));
        return (decide(parts, state).kind === "end") === allEnded;
      }),
    );
  });

  test("completed: every source searched to its end, something found, and nothing left", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const decision = decide(parts, state);
        if (decision.kind !== "end" || decision.status !== "completed") {
          return true;
        }
        return (
          parts.length > 0 &&
          state.stopping === null &&
          parts.some(({ report }) => report.found > 0) &&
          parts.every(
            ({ report, unsearched }) =>
              (report.status === "done" || report.status === "no_match") &&
              unsearched === 0 &&
              Object.entries(report.dispositions).every(([name, n]) => n === 0 || GONE.has(name)),
          )
        );
      }),
      { numRuns: 3000 },
    );
  });

  test("no_match: every source searched, and nothing found in any", () => {
    fc.assert(
      fc.property(anyParts, anyState, (parts, state) => {
        const decision = decide(parts, state);
        return (
          decision.kind !== "end" ||
          decision.status !== "no_match" ||
          (parts.length > 0 &&
            parts.every(
              ({ report, unsearched }) =>
                report.found === 0 &&
                unsearched === 0 &&
                report.status !== "failed" &&
                report.status !== "not_searched",
            ))
        );
      }),
      { numRuns: 3000 },
    );
  });

  test.each<[string, readonly ErasurePart[], string]>([
    ["all done", [part("done", { found: 1, dispositions: { deleted: 1 } })], "completed"],
    [
      "gone before us",
      [part("done", { found: 1, dispositions: { already_absent: 1 } })],
      "completed",
    ],
    [
      "no longer the person's",
      [part("done", { found: 1, dispositions: { renewed: 1 } })],
      "completed",
    ],
    ["nothing anywhere", [part("no_match"), part("no_match")], "no_match"],
    ["one found, one not", [part("done", { found: 1 }), part("no_match")], "completed"],
    ["one cannot search", [part("done", { found: 1 }), part("not_searched")], "partial"],
    ["nothing found, and one cannot search", [part("no_match"), part("not_searched")], "partial"],
    ["none can search", [part("not_searched"), part("not_searched")], "partial"],
    ["one failed", [part("done", { found: 1 }), part("failed")], "partial"],
    ["nothing found, and one failed", [part("no_match"), part("failed")], "partial"],
    ["all failed", [part("failed"), part("failed")], "failed"],
    ["one failed, the other cannot search", [part("failed"), part("not_searched")], "failed"],
    ["no source at all", [], "failed"],
    ["a row that could not be read", [part("done", { found: 1, unreadable: 1 })], "partial"],
    ["nothing found, and such a row", [part("no_match", { unreadable: 1 })], "partial"],
    ["a closed scope", [part("done", { found: 1, unsearched: 1 })], "partial"],
    ["nothing found, and a closed scope", [part("no_match", { unsearched: 1 })], "partial"],
    ...(["held", "shared", "refused", "unreachable", "untouched", "unknown"] as const).map(
      (left): [string, readonly ErasurePart[], string] => [
        left,
        [part("done", { found: 2, dispositions: { deleted: 1, [left]: 1 } })],
        "partial",
      ],
    ),
  ])("ends as it should: %s", (_what, parts, status) => {
    expect(decide(parts, { proceeded: true })).toEqual({ kind: "end", status });
  });

  test("a contradiction in one source stops the others, whatever they are at", () => {
    const contradicting = part("done", { conflict: "user_identity_id" });
    for (const status of STATUSES.filter((one) => !ENDED.has(one))) {
      expect(decide([contradicting, part(status)])).toEqual({
        kind: "stop",
        as: "conflict",
        why: { kind: "person", field: "user_identity_id" },
      });
    }
    expect(decide([contradicting, part("failed")])).toMatchObject({
      kind: "end",
      status: "conflict",
    });
  });

  test("a session id that two accounts have is a contradiction; two names of one are one account", () => {
    const planned = (account: string, found: readonly number[]) =>
      part("planned", { found: 1, account, ids_found: found });
    const twice = [planned("a", [0]), planned("b", [0])];
    expect(decide(twice)).toEqual({ kind: "stop", as: "conflict", why: { kind: "id" } });
    expect(decide([planned("a", [0]), planned("b", [1])]).kind).toBe("proceed");
    expect(decide([planned("a", [0]), planned("a", [0])]).kind).toBe("proceed");
  });

  test("no id goes while another account that may have it is not searched to the end", () => {
    const idOrEnd = fc.constantFrom<PartStatus>("failed", "no_match", "not_searched", "planned");
    fc.assert(
      fc.property(idOrEnd, fc.boolean(), fc.nat(1), fc.nat(1), (status, seeks, ...hidden) => {
        const [unsearched, unreadable] = hidden;
        const found = part("planned", { found: 1, account: "a", ids_found: [0] });
        const sought = seeks ? [0] : [];
        const other = part(status, { account: "b", ids_sought: sought, unsearched, unreadable });
        const isOpen =
          seeks &&
          (status === "failed" || status === "not_searched" || unsearched + unreadable > 0);
        const stop = { kind: "stop", as: "conflict", why: { kind: "id" } };
        expect(decide([found, other])).toMatchObject(isOpen ? stop : { kind: "proceed" });
      }),
    );
  });

  test("a stopped erasure ends as what stopped it, when all have ended", () => {
    expect(decide([part("done"), part("removing")], { stopping: "cancelled" })).toEqual({
      kind: "wait",
      status: "removing",
    });
    expect(decide([part("done"), part("done")], { stopping: "cancelled" })).toEqual({
      kind: "end",
      status: "cancelled",
    });
  });

  test("the limit itself may go; one more may not", () => {
    const parts = [part("planned", { found: 600 }), part("planned", { found: 400 })];
    expect(decide(parts).kind).toBe("proceed");
    expect(decide(parts, {}, 999)).toEqual({
      kind: "ask",
      guard: { code: "too_many", found: 1000, limit: 999 },
    });
    expect(decide(parts, { approved: true }, 999).kind).toBe("proceed");
    expect(decide(parts, {}, Number.NaN).kind).toBe("ask");
    expect(decide([part("planned", { found: Number.NaN })]).kind).toBe("ask");
  });

  test("what a part found counts, also where it has failed since: some of it may have gone", () => {
    const parts = [part("failed", { found: 600 }), part("planned", { found: 401 })];
    expect(decide(parts)).toEqual({
      kind: "ask",
      guard: { code: "too_many", found: 1001, limit: 1000 },
    });
    expect(decide(parts, { approved: true }).kind).toBe("proceed");
  });

  test("an id that a read-back finds a second time is what is asked about, and not how many", () => {
    const found = { found: 1, ids_found: [0] };
    const parts = [
      part("verifying", { source: "a", ...found }),
      part("planned", { source: "b", ...found }),
    ];
    const state = { proceeded: true, allowed: { a: 1, b: 0 } };
    expect(decide(parts, state)).toEqual({ kind: "ask", guard: null, why: { kind: "id" } });
  });

  test("what a read-back adds is judged again, over all sources", () => {
    const grown = part("planned", { source: "b", found: 401 });
    const parts = [part("verifying", { source: "a", found: 600 }), grown];
    const allowed = { a: 600, b: 400 };
    expect(decide(parts, { proceeded: true, allowed })).toMatchObject({ kind: "ask" });
    expect(decide(parts, { proceeded: true, allowed }, 1001)).toEqual({ kind: "proceed" });
    expect(decide(parts, { proceeded: true, allowed, approved: true }).kind).toBe("proceed");
    // Its word is on the way.
    expect(decide(parts, { proceeded: true, allowed: { b: 401 } }).kind).toBe("wait");
  });

  test("one that must ask does so for what it found, and waits for nobody with nothing found", () => {
    const found = [part("planned", { found: 1 }), part("planned")];
    expect(decide(found, { must_ask: true })).toEqual({ kind: "ask", guard: null });
    const empty = [part("planned"), part("no_match"), part("not_searched")];
    expect(decide(empty, { must_ask: true }).kind).toBe("proceed");
  });
});

const ALL = { sources: null, scopes: null };

describe("statementOf", () => {
  test("says no more than was asked for", () => {
    const parts = [part("done", { source: "a" })];
    const inScopes = { sources: null, scopes: ["ws-1"] };
    const both = { sources: ["a"], scopes: ["ws-1"] };
    expect(statementOf("completed", parts, inScopes)).toContain(
      "matching the selector in the scopes that were asked for was visible",
    );
    expect(statementOf("no_match", parts, both)).toContain(
      "Every source that was asked for was searched, and no session matching the selector in the sources and scopes that were asked for was",
    );
  });

  test("says at every end how many sessions nobody can attribute", () => {
    const orphans = [part("done", { source: "a", unattributable: 3 }), part("no_match")];
    for (const status of ["completed", "no_match", "partial"] as const) {
      expect(statementOf(status, orphans, ALL)).toMatch(
        /3 in a\. Nobody can say whose they are\.$/,
      );
    }
  });

  const parts = [part("done", { source: "a" }), part("no_match", { source: "b" })];

  test("a completed erasure says when each source was seen, and no more", () => {
    expect(statementOf("completed", parts, ALL)).toBe(
      "No session matching the selector was visible to this credential, in these accounts, at these times: a at 2026-08-01T00:00:00.000Z, b at 2026-08-01T00:00:00.000Z.",
    );
  });

  const held = part("done", { found: 2, dispositions: { held: 2 } });
  test.each([
    ["removed", [held, part("no_match")]],
    ["searched", [part("no_match"), part("done", { unsearched: 1 })]],
    ["searched or removed", [held, part("failed")]],
    ["searched or removed", [held, part("done", { unsearched: 1 })]],
  ])("a partial one says that not everything could be %s", (what, some) => {
    expect(statementOf("partial", some, ALL)).toContain(`asked for could be ${what}. The`);
  });

  test.each(["conflict", "cancelled", "failed", "removing"] as const)(
    "%s says nothing of absence",
    (status) => {
      expect(statementOf(status, parts, ALL)).toBeNull();
    },
  );
});

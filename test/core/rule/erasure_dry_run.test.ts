import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { decideDryRun, type DryRunDecision } from "../../../src/core/rule/erasure_dry_run.ts";
import type { ErasurePart } from "../../../src/core/rule/erasure.ts";
import { ENDED, part, STATUSES } from "../../support/erasure_parts.ts";

const decide = (parts: readonly ErasurePart[], stopping: "cancelled" | null = null, most = 100) =>
  decideDryRun(parts, { stopping }, most);

const anyPart = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    found: fc.integer({ min: 0, max: 200 }),
    conflict: fc.option(fc.constant("user_identifier_key")),
    account: fc.constantFrom("one", "two"),
    ids: fc.subarray([0, 1]),
  })
  .map(({ status, found, conflict, account, ids }) =>
    part(status, { found, conflict, account, ids_sought: ids, ids_found: ids }),
  );

describe("what a dry run does next", () => {
  it("is to wait or to end, by type and whatever its parts tell: it never lets anything remove", () => {
    expectTypeOf<DryRunDecision["kind"]>().toEqualTypeOf<"wait" | "end">();
    fc.assert(
      fc.property(
        fc.array(anyPart, { maxLength: 4 }),
        fc.constantFrom("cancelled" as const, null),
        fc.constantFrom(0, 100, Number.NaN),
        (parts, stopping, most) => {
          const decision = decide(parts, stopping, most);
          const isOver = parts.every(({ report }) => ENDED.has(report.status));
          expect(decision.kind).toBe(isOver ? "end" : "wait");
          expect([
            "queued",
            "selecting",
            "planned",
            "stalled",
            "observed",
            "failed",
            "cancelled",
          ]).toContain(decision.status);
        },
      ),
    );
  });

  it("is to wait for every source, and for one that has stalled until somebody cancels", () => {
    const waits = (status: string) => ({ kind: "wait", status });
    expect(decide([part("queued"), part("queued")])).toEqual(waits("queued"));
    expect(decide([part("observed"), part("queued")])).toEqual(waits("queued"));
    expect(decide([part("selecting"), part("queued")])).toEqual(waits("selecting"));
    expect(decide([part("observed"), part("stalled")])).toEqual(waits("stalled"));
    expect(decide([part("observed"), part("stalled")], "cancelled")).toEqual(waits("planned"));
    expect(decide([part("observed"), part("done")], "cancelled")).toMatchObject({
      kind: "end",
      status: "cancelled",
    });
  });

  it("is to fail where nobody could look, and to be observed where anybody did", () => {
    expect(decide([])).toMatchObject({ status: "failed" });
    expect(decide([part("failed"), part("not_searched")])).toMatchObject({ status: "failed" });
    expect(decide([part("failed"), part("no_match")])).toMatchObject({
      status: "observed",
      blockers: [{ code: "not_searched", source: "one", sessions: null }],
    });
  });
});

describe("the blockers of a dry run", () => {
  it("are none where the erasure would remove everything", () => {
    expect(decide([part("observed", { found: 100 })])).toEqual({
      kind: "end",
      status: "observed",
      why: null,
      blockers: [],
    });
  });

  it("say everything that stands against it: first what is about all sources", () => {
    const parts = [
      part("observed", {
        source: "a",
        found: 150,
        conflict: "user_identifier_key",
        dispositions: { held: 2, shared: 3 },
        guard: { code: "half_of_source", found: 150, matched: 200 },
      }),
      part("observed", { source: "b", found: 1, unreadable: 4, unsearched: 1 }),
      part("failed", { source: "c" }),
    ];
    expect(decide(parts)).toMatchObject({
      why: { kind: "person", field: "user_identifier_key" },
      blockers: [
        { code: "conflict", source: null, sessions: null },
        { code: "too_many", source: null, sessions: 151 },
        { code: "half_of_source", source: "a", sessions: 150 },
        { code: "held", source: "a", sessions: 2 },
        { code: "shared", source: "a", sessions: 3 },
        { code: "unreadable", source: "b", sessions: 4 },
        { code: "unsearched", source: "b", sessions: null },
        { code: "not_searched", source: "c", sessions: null },
      ],
    });
  });

  it("have the conflict that another account may hide, as the erasure itself would", () => {
    const found = part("observed", { found: 1, account: "x", ids_sought: [0], ids_found: [0] });
    const closed = part("failed", { source: "two", account: "y", ids_sought: [0] });
    expect(decide([found, closed])).toMatchObject({ why: { kind: "id" } });
    const twice = part("observed", { found: 1, account: "y", ids_sought: [0], ids_found: [0] });
    expect(decide([found, twice])).toMatchObject({
      why: { kind: "id" },
      blockers: [{ code: "conflict" }],
    });
  });

  it("count as too many by a limit that is no number", () => {
    expect(decide([part("observed", { found: 1 })], null, Number.NaN)).toMatchObject({
      blockers: [{ code: "too_many", sessions: 1 }],
    });
  });
});

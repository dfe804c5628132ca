import { describe, expect, test } from "vitest";
import { STALLED_FOR_MS, stalledSince } from "../../../src/core/rule/erasure.ts";
import { NOW, part, decide, type PartStatus, type Given } from "../../support/erasure_parts.ts";

describe("a source that has stalled", () => {
  const lost = part("stalled", { source: "lost", stalled_since: NOW - STALLED_FOR_MS });
  const ready = part("planned", { source: "well", found: 2 });
  const gone = part("done", { source: "well", found: 2, dispositions: { deleted: 2 } });
  const out = { proceeded: true, without: ["lost"], allowed: { well: 2 } };
  const late = (status: PartStatus, given: Given = {}) =>
    part(status, { source: "lost", ...given });

  test("holds the others up for an hour, and no longer", () => {
    const soon = late("stalled", { stalled_since: NOW - STALLED_FOR_MS + 1 });
    expect(decide([soon, ready])).toEqual({ kind: "wait", status: "stalled" });
    expect(decide([lost, ready])).toEqual({ kind: "leave", sources: ["lost"] });
    expect(decide([lost, ready], { without: ["lost"] })).toEqual({ kind: "proceed" });
  });

  test.each(["stalled", "queued", "selecting"] as const)(
    "and is %s leaves the whole partial, not ended",
    (status) => {
      expect(decide([late(status), gone], out)).toEqual({ kind: "wait", status: "partial" });
    },
  );

  test("alone is stalled: there is nothing to go on with", () => {
    expect(decide([lost])).toEqual({ kind: "wait", status: "stalled" });
    expect(decide([lost, part("failed")])).toEqual({ kind: "wait", status: "stalled" });
  });

  test("joins again when it has planned, and the whole is what its end makes of it", () => {
    expect(decide([late("planned", { found: 1 }), gone], out)).toEqual({ kind: "proceed" });
    const all = [late("done", { found: 1, dispositions: { deleted: 1 } }), gone];
    expect(decide(all, { ...out, without: [] })).toEqual({ kind: "end", status: "completed" });
    expect(decide([late("failed"), gone], out)).toEqual({ kind: "end", status: "partial" });
  });

  test("is judged by the limit again, with what the others had", () => {
    const many = late("planned", { found: 999 });
    const guard = { code: "too_many", found: 1001, limit: 1000 };
    expect(decide([many, gone], out)).toEqual({ kind: "ask", guard });
    expect(decide([many, gone], { ...out, approved: true }).kind).toBe("proceed");
    expect(decide([late("planned"), gone], { ...out, must_ask: true }).kind).toBe("proceed");
  });

  test("and contradicts the request stops everything", () => {
    const contradicts = late("done", { conflict: "user_identity_id" });
    const why = { kind: "person", field: "user_identity_id" };
    const removing = part("removing", { source: "well", found: 2 });
    expect(decide([contradicts, removing], out)).toEqual({ kind: "stop", as: "conflict", why });
    expect(decide([contradicts, gone], out)).toEqual({ kind: "end", status: "conflict", why });
  });

  test("takes no id along that it may have too", () => {
    const id = part("planned", { source: "well", found: 1, ids_found: [0] });
    const closed = { ...lost, ids_sought: [0] };
    expect(decide([closed, id], { without: ["lost"] })).toMatchObject({ kind: "stop" });
  });

  test("is so since the first time, whatever it tries; a plan, or one more removal, ends that", () => {
    const since = (
      status: PartStatus,
      at: number | null,
      now: Given = {},
      before: Given = {},
    ): number | null =>
      stalledSince(
        part(status, now).report,
        part("stalled", { ...before, stalled_since: at }),
        NOW,
      );
    expect(since("stalled", null)).toBe(NOW);
    for (const status of ["stalled", "queued", "selecting", "removing", "verifying"] as const) {
      expect(since(status, NOW - 5)).toBe(NOW - 5);
      expect(since(status, NOW + 5)).toBe(NOW);
    }
    for (const status of ["planned", "done"] as const) {
      expect(since(status, NOW - 5)).toBeNull();
    }
    const had = { dispositions: { deleted: 1 } };
    expect(since("removing", NOW - 5, had, had)).toBe(NOW - 5);
    expect(since("removing", NOW - 5, { dispositions: { deleted: 2 } }, had)).toBeNull();
    const before = part("stalled", { stalled_since: NOW - 5 });
    const times = [...before.report.verified_at, "2026-01-01T00:00:00.000Z"];
    const read = { ...before.report, status: "verifying", verified_at: times } as const;
    expect(stalledSince(read, before, NOW)).toBeNull();
    expect(since("selecting", null)).toBeNull();
  });

  test("while it removes leaves the whole partial, however often it tries", () => {
    const tries = late("removing", { stalled_since: NOW - STALLED_FOR_MS });
    expect(decide([tries, gone], out)).toEqual({ kind: "wait", status: "partial" });
    expect(decide([late("removing"), gone], out)).toEqual({ kind: "wait", status: "removing" });
  });
});

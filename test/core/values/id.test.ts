import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  DISPOSITIONS,
  LEFT_IN_PLACE,
  tally,
  type DispositionCounts,
} from "../../../src/core/count/disposition.ts";
import { sha256 } from "../../../src/core/values/hash.ts";
import { createId } from "../../../src/core/values/id.ts";
import { findKey } from "../../../src/core/values/secret_key.ts";
import { err, never, ok } from "../../../src/core/values/result.ts";

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const ones = (length: number): Uint8Array => new Uint8Array(length).fill(255);
const time = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });

describe("ids", () => {
  it("carry their prefix and 26 digits that no reader mistakes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("swp", "ers", "req", "bat"),
        time,
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (prefix, at, bytes) => {
          expect(createId(prefix, at, () => bytes)).toMatch(
            new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`),
          );
        },
      ),
    );
  });

  it("sort by time, whatever the random part", () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 10_000_000 }), (at, later) => {
        expect(createId("swp", at, ones) < createId("swp", at + later, zeros)).toBe(true);
      }),
    );
  });

  it("differ within a millisecond by their random part", () => {
    expect(createId("swp", 1, ones)).not.toBe(createId("swp", 1, zeros));
    expect(createId("swp", 1, ones).slice(0, 14)).toBe(createId("swp", 1, zeros).slice(0, 14));
  });

  it("take the whole millisecond of a time between two", () => {
    expect(createId("swp", 1_795_330_800_123.5, zeros)).toBe(
      createId("swp", 1_795_330_800_123, zeros),
    );
  });
});

describe("finding a key", () => {
  const keys = ["alpha", "beta", "gamma"].map((name) => ({
    name,
    sha256: sha256(`seam_lethe_${name}`),
  }));

  test.each(["alpha", "beta", "gamma"])("finds %s wherever it stands", (name) => {
    expect(findKey(keys, `seam_lethe_${name}`)?.name).toBe(name);
    expect(findKey(keys.toReversed(), `seam_lethe_${name}`)?.name).toBe(name);
  });

  test.each([
    "",
    "seam_lethe_",
    "seam_lethe_delta",
    "seam_lethe_ALPHA",
    "seam_lethe_alpha ",
    sha256("seam_lethe_alpha"),
  ])("finds nothing for %j", (presented) => {
    expect(findKey(keys, presented)).toBeNull();
  });

  it("finds nothing where there are no keys", () => {
    expect(findKey([], "")).toBeNull();
  });
});

describe("dispositions", () => {
  it("are counted one by one, and never folded into each other", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...DISPOSITIONS)), (ends) => {
        const counts = ends.reduce<DispositionCounts>((sum, end) => tally(sum, end), {});
        for (const end of DISPOSITIONS) {
          expect(counts[end] ?? 0).toBe(ends.filter((one) => one === end).length);
        }
        expect(Object.values(counts).every((n) => n > 0)).toBe(true);
      }),
    );
  });

  it("leave out what nothing met", () => {
    expect(tally({ deleted: 1 }, "held", 0)).toEqual({ deleted: 1 });
    expect(tally({ deleted: 1 }, "deleted", 4)).toEqual({ deleted: 5 });
  });

  it("say that a session is gone in three cases only", () => {
    expect(DISPOSITIONS.filter((end) => !LEFT_IN_PLACE.has(end))).toEqual([
      "deleted",
      "already_absent",
      "absent_after_attempt",
    ]);
  });
});

describe("results", () => {
  it("are a value or a reason", () => {
    expect(ok(1)).toEqual({ ok: true, value: 1 });
    expect(err("no")).toEqual({ ok: false, error: "no" });
  });

  it("a member of a union that nobody thought of is a bug", () => {
    expect(() => never("new" as never)).toThrow('unexpected value: "new"');
  });
});

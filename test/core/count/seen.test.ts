import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Seen } from "../../../src/core/count/seen.ts";

describe("a set that may say seen too often", () => {
  test("never takes for new what it was given before, however few it was made for", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat({ max: 20 }), (texts, expected) => {
        const seen = new Seen(expected);
        for (const text of texts) {
          seen.add(text);
        }
        return texts.every((text) => seen.add(text));
      }),
    );
  });

  test("takes a new text for a known one less than once in ten thousand times", () => {
    const count = 200_000;
    const seen = new Seen(count);
    let wrong = 0;
    for (let index = 0; index < count; index++) {
      wrong += seen.add(`workspace\n${index.toString(36)}-4f1c-${index}`) ? 1 : 0;
    }
    expect(wrong).toBeLessThan(count / 10_000);
  });

  test("knows a new set's texts as new", () => {
    const seen = new Seen(10);
    expect(["a", "b", "a\nb", ""].map((text) => seen.add(text))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(seen.add("a")).toBe(true);
  });
});

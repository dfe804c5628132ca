import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filterOf, mayHold } from "../../../src/core/count/page_filter.ts";

describe("a filter of a page", () => {
  test("never says that a text is not there which is", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const filter = filterOf(texts);
        expect(texts.filter((text) => !mayHold(filter, text))).toEqual([]);
      }),
    );
  });

  test("is small, and seldom takes another text for one of its own", () => {
    const texts = Array.from({ length: 5000 }, (_, index) => `w\n${index}`);
    const filter = filterOf(texts);
    expect(filter.length).toBeLessThanOrEqual(16_384);
    const others = Array.from({ length: 5000 }, (_, index) => `w\nother ${index}`);
    expect(others.filter((text) => mayHold(filter, text)).length).toBeLessThan(50);
  });

  test("of nothing holds nothing", () => {
    expect(mayHold(filterOf([]), "a")).toBe(false);
  });
});

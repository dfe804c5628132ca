import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addUnreadable,
  joinUnreadable,
  NONE_UNREADABLE,
  unreadableIn,
} from "../../../src/core/session/unreadable.ts";

const refs = fc.array(
  fc.record({ scope: fc.constantFrom("a", "b"), id: fc.constantFrom("1", "2", "3", "4") }),
  { maxLength: 30 },
);
const tally = (rows: readonly { scope: string; id: string }[]) =>
  rows.reduce(addUnreadable, NONE_UNREADABLE);

describe("sessions of which only the id can be read", () => {
  it("count once each, however often and in however many parts they are shown", () => {
    fc.assert(
      fc.property(refs, refs, (one, two) => {
        const different = new Set([...one, ...two].map(({ scope, id }) => `${scope}/${id}`)).size;
        const joined = joinUnreadable(tally(one), tally(two));
        expect(joined.count).toBe(different);
        expect(joined.sessions).toHaveLength(different);
        expect(joinUnreadable(joined, tally(two), "again")).toEqual(joined);
      }),
    );
  });

  it("are named up to twenty, and counted beyond", () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ scope: "a", id: String(i) }));
    const all = tally(many);
    expect(all.count).toBe(50);
    expect(all.sessions).toEqual(many.slice(0, 20));
    expect(joinUnreadable(all, tally(many), "again").count).toBe(50);
    expect(joinUnreadable(NONE_UNREADABLE, all, "again")).toEqual(all);
  });

  it("are named by scope and id alone", () => {
    const session = { scope: "a", id: "1", person: "jane" };
    expect(addUnreadable(NONE_UNREADABLE, session).sessions).toEqual([{ scope: "a", id: "1" }]);
  });

  it("are told of the scopes that are meant, however many others a page has", () => {
    const others = Array.from({ length: 30 }, (_, i) => ({ scope: "b", id: String(i) }));
    const own = { scope: "a", id: "1" };
    const page = { count: 31, sessions: [...others, own] };
    expect(unreadableIn(page, (scope) => scope === "a")).toEqual({ count: 1, sessions: [own] });
    expect(unreadableIn(page, (scope) => scope === "c")).toEqual(NONE_UNREADABLE);
    expect(unreadableIn(page, () => true)).toEqual({ count: 31, sessions: others.slice(0, 20) });
    expect(unreadableIn(tally(others), () => true)).toEqual(tally(others));
    expect(unreadableIn(tally(others), (scope) => scope === "a")).toEqual(NONE_UNREADABLE);
    const nowhere = { count: 1, sessions: [{ scope: "", id: "1" }] };
    expect(unreadableIn(nowhere, () => false)).toEqual(nowhere);
  });
});

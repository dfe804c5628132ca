import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  lineageOf,
  matchLineage,
  type Ancestor,
  type Lineage,
} from "../../../src/core/session/lineage.ts";
import type { PersonField } from "../../../src/core/session/session.ts";
import { matchSubject } from "../../../src/core/session/subject.ts";

const person: fc.Arbitrary<PersonField[]> = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom("metadata:a", "metadata:b", "agent_session_id"),
    values: fc.array(fc.constantFrom("ann", "bob", 7), { maxLength: 2 }),
  }),
  { selector: ({ type }) => type },
);

const key = fc.constantFrom("x", "y", "z");

function ancestor(named: boolean, hasParent: boolean): fc.Arbitrary<Ancestor> {
  return fc.record({
    scope: key,
    id: key,
    unreadable: fc.constant(false),
    found: fc.record({
      named: fc.constant(named),
      person: named
        ? person
        : key.map((id) => [{ type: "agent_session_id", values: [id] }] satisfies PersonField[]),
      has_parent: fc.constant(hasParent),
    }),
  });
}

const nameless = fc.array(ancestor(false, true), { maxLength: 4 });
const gone: fc.Arbitrary<Ancestor> = fc.record({
  scope: key,
  id: key,
  unreadable: fc.boolean(),
  found: fc.constant(null),
});
const kept: fc.Arbitrary<Lineage> = fc.record({ person, agents: fc.array(key) });
const identifiers = fc.array(
  fc.record({
    type: fc.constantFrom("user_identifier_key", "metadata:a", "metadata:b"),
    value: fc.constantFrom("ann", "bob", 7),
  }),
  { minLength: 1, maxLength: 3 },
);

describe("whose a nameless session is", () => {
  test("is what its nearest ancestor that names somebody says, whatever lies between", () => {
    fc.assert(
      fc.property(nameless, ancestor(true, true), identifiers, (between, named, given) => {
        const lineage = lineageOf([...between, named], null);
        const match = matchSubject(given, {
          scope: "",
          id: "",
          clocks: {},
          activity_read: true,
          busy: false,
          parent: null,
          version: 0,
          metadata: null,
          person: (named.found?.person ?? []).filter(({ type }) => type !== "agent_session_id"),
        }).kind;
        expect(lineage).not.toBeNull();
        expect(lineage === null ? null : matchLineage(given, lineage)).toBe(
          match === "conflict" ? "shared" : match,
        );
        for (const { scope } of [...between, named]) {
          expect(lineage?.agents).toContain(scope);
        }
      }),
    );
  });

  test("is what was kept of a line whose top is gone, and nothing where nothing was kept", () => {
    fc.assert(
      fc.property(nameless, gone, kept, identifiers, (between, top, known, given) => {
        expect(lineageOf([...between, top], null)).toBeNull();
        const lineage = lineageOf([...between, top], known);
        expect(lineage === null ? null : matchLineage(given, lineage)).toBe(
          matchLineage(given, known),
        );
        expect(lineage?.agents).toEqual(expect.arrayContaining([...known.agents]));
      }),
    );
  });

  test("is nobody's where a line ends in a session that names nobody", () => {
    fc.assert(
      fc.property(nameless, ancestor(false, false), identifiers, (between, root, given) => {
        const lineage = lineageOf([...between, root], null);
        expect(lineage === null ? null : matchLineage(given, lineage)).toBe("none");
      }),
    );
  });

  test("is not known of a circle, of a line too long to follow, and of none", () => {
    fc.assert(
      fc.property(nameless, ancestor(false, true), (between, open) => {
        expect(lineageOf([...between, open], null)).toBeNull();
      }),
    );
    expect(lineageOf([], null)).toBeNull();
  });
});

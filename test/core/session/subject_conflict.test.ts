import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Scalar } from "../../../src/core/session/session.ts";
import { matchSubject, type Identifier } from "../../../src/core/session/subject.ts";
import { AT_ID, AT_KEY, given, IDENTITY, KEY, outcome, session } from "../../support/subjects.ts";

describe("conflict: a given type whose field holds none of the values given", () => {
  test.each<[string, Identifier[], Record<string, Scalar[]>, string]>([
    [
      "two types agree",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u1"] },
      "match",
    ],
    [
      "the other holds somebody else",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u2"] },
      `conflict ${IDENTITY}`,
    ],
    [
      "the other way round",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["bob"], [IDENTITY]: ["u1"] },
      `conflict ${KEY}`,
    ],
    [
      "the other holds nothing",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane"], [IDENTITY]: [] },
      "match",
    ],
    ["the other is absent", given([KEY, "jane"], [IDENTITY, "u1"]), { [KEY]: ["jane"] }, "match"],
    [
      "neither matches",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["bob"], [IDENTITY]: ["u2"] },
      "none",
    ],
    [
      "a second value of the type was given",
      given([KEY, "jane"], [IDENTITY, "u1"], [IDENTITY, "u2"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u2"] },
      "match",
    ],
    [
      "an array with none of them",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u2", "u3"] },
      `conflict ${IDENTITY}`,
    ],
    [
      "a session id and another person",
      given(["client_session_id", "c1"], [KEY, "jane"]),
      { [KEY]: ["bob"], client_session_id: ["c1"] },
      `conflict ${KEY}`,
    ],
    [
      "another session id is none",
      given(["client_session_id", "c1"], [KEY, "jane"]),
      { [KEY]: ["jane"], client_session_id: ["c2"] },
      "match",
    ],
    [
      "another agent session id is none",
      given(["agent_session_id", "agt_2/x"], [KEY, "jane"]),
      { [AT_ID]: ["jane"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "a customer and another person",
      given(["customer_key", "acme"], [KEY, "jane"]),
      { customer_key: ["acme"], [KEY]: ["bob"] },
      `conflict ${KEY}`,
    ],
    [
      "another value at a given path",
      given([AT_KEY, "jane"], [AT_ID, "u1"]),
      { [AT_KEY]: ["jane"], [AT_ID]: ["u2"] },
      `conflict ${AT_ID}`,
    ],
    [
      "another type at a given path",
      given([AT_KEY, "jane"], [AT_ID, 1]),
      { [AT_KEY]: ["jane"], [AT_ID]: ["1"] },
      `conflict ${AT_ID}`,
    ],
    [
      "the key at a given path",
      given([KEY, "jane"], [AT_ID, "u1"]),
      { [AT_ID]: ["jane"] },
      "match",
    ],
    [
      "a given path, and the key's own path holds another",
      given([KEY, "jane"], [AT_ID, "u1"]),
      { [AT_KEY]: ["bob"], [AT_ID]: ["u1"] },
      `conflict ${KEY}`,
    ],
    [
      "a given path, and the key nowhere",
      given([KEY, "jane"], [AT_ID, "u1"]),
      { [AT_KEY]: [], [AT_ID]: ["u1"] },
      "match",
    ],
    [
      "an agent session id, and the key's path holds another",
      given(["agent_session_id", "ase_1"], [KEY, "jane"]),
      { [AT_ID]: ["bob"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      `conflict ${KEY}`,
    ],
    [
      "an agent session id, and no path holds anything",
      given(["agent_session_id", "ase_1"], [KEY, "jane"]),
      { [AT_ID]: [], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "an empty text is a value",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane"], [IDENTITY]: [""] },
      `conflict ${IDENTITY}`,
    ],
    [
      "conflict goes before shared",
      given([KEY, "jane"], [IDENTITY, "u1"]),
      { [KEY]: ["jane", "bob"], [IDENTITY]: ["u2"] },
      `conflict ${IDENTITY}`,
    ],
  ])("%s", (_name, identifiers, person, expected) => {
    expect(outcome(identifiers, session(person))).toBe(expected);
    expect(outcome(identifiers.toReversed(), session(person))).toBe(expected);
  });
});

describe("shared: somebody else is named too", () => {
  test.each<[string, Identifier[], Record<string, Scalar[]>, string]>([
    ["an array of several", given([KEY, "jane"]), { [KEY]: ["jane", "bob"] }, "shared"],
    ["an array of several at a path", given([KEY, "jane"]), { [AT_ID]: ["jane", "bob"] }, "shared"],
    [
      "an array of which all are given",
      given([KEY, "jane"], [KEY, "jane_old"]),
      { [KEY]: ["jane", "jane_old"] },
      "match",
    ],
    ["an array that names one twice", given([KEY, "jane"]), { [KEY]: ["jane", "jane"] }, "match"],
    ["an array of her and her number", given([AT_ID, "1"]), { [AT_ID]: ["1", 1] }, "shared"],
    [
      "another path names somebody",
      given([KEY, "jane"]),
      { [AT_KEY]: ["jane"], [AT_ID]: ["bob"] },
      "shared",
    ],
    [
      "another path names somebody, given a path",
      given([AT_KEY, "jane"]),
      { [AT_KEY]: ["jane"], [AT_ID]: ["bob"] },
      "shared",
    ],
    [
      "another path holds nothing",
      given([KEY, "jane"]),
      { [AT_KEY]: ["jane"], [AT_ID]: [] },
      "match",
    ],
    [
      "an array of identities that nobody gave",
      given([KEY, "jane"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u1", "u2"] },
      "shared",
    ],
    [
      "one identity that nobody gave is hers",
      given([KEY, "jane"]),
      { [KEY]: ["jane"], [IDENTITY]: ["u1"] },
      "match",
    ],
    [
      "a customer names no person",
      given([KEY, "jane"]),
      { [KEY]: ["jane"], customer_key: ["acme"] },
      "match",
    ],
    [
      "session ids name no person",
      given([KEY, "jane"]),
      { [AT_ID]: ["jane"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "only a session id was given",
      given(["agent_session_id", "ase_1"]),
      { [AT_ID]: ["jane"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "match",
    ],
    [
      "only a session id, of a session of several",
      given(["agent_session_id", "ase_1"]),
      { [AT_ID]: ["jane", "bob"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "shared",
    ],
    [
      "a session id, and an identity that is not kept here",
      given(["agent_session_id", "ase_1"], [IDENTITY, "u1"]),
      { [AT_ID]: ["jane"], agent_session_id: ["agt_1/ase_1", "ase_1"] },
      "shared",
    ],
  ])("%s", (_name, identifiers, person, expected) => {
    expect(outcome(identifiers, session(person))).toBe(expected);
  });
});

describe("a match", () => {
  const value = fc.constantFrom<Scalar>("jane", "bob", "1", 1, true);
  const type = fc.constantFrom(
    KEY,
    IDENTITY,
    "customer_key",
    "client_session_id",
    "agent_session_id",
    AT_KEY,
    AT_ID,
  );
  const identifiers = fc.array(fc.record({ type, value }), { minLength: 1, maxLength: 4 });
  const people = fc.dictionary(type, fc.array(value, { maxLength: 3 }), { maxKeys: 5 });
  const isIdOnly = (one: Identifier): boolean => one.type.endsWith("session_id");

  it("leaves no field of a person that names anybody but the given ones", () => {
    fc.assert(
      fc.property(identifiers, people, (subject, person) => {
        if (outcome(subject, session(person)) !== "match") {
          return;
        }
        const reaches = (one: Identifier, field: string): boolean =>
          one.type === field || (one.type === KEY && field.startsWith("metadata:"));
        expect(
          Object.entries(person).some(([field, held]) =>
            subject.some((one) => reaches(one, field) && held.includes(one.value)),
          ),
        ).toBe(true);
        for (const [field, held] of Object.entries(person)) {
          if (field.endsWith("session_id")) {
            continue;
          }
          const strangers = held.filter(
            (one) => !subject.some((i) => reaches(i, field) && i.value === one),
          );
          const isOpen =
            !subject.some((one) => one.type === field) && !field.startsWith("metadata:");
          const isUnasked = isOpen || subject.every(isIdOnly);
          // A field that was not asked for may hold one value: it is taken to be hers.
          expect(new Set(strangers).size).toBeLessThanOrEqual(isUnasked ? 1 : 0);
          expect(strangers.length === 0 || strangers.length === held.length).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("does not depend on the order of identifiers, fields or values", () => {
    fc.assert(
      fc.property(identifiers, people, (subject, person) => {
        const turned = Object.fromEntries(
          Object.entries(person)
            .map(([field, held]) => [field, held.toReversed()])
            .toReversed(),
        ) as Record<string, Scalar[]>;
        expect(matchSubject(subject.toReversed(), session(turned)).kind).toBe(
          matchSubject(subject, session(person)).kind,
        );
      }),
    );
  });
});

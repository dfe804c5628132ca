import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isInForce,
  matchesHold,
  matchesRef,
  needsContent,
  type Hold,
  type HoldSelector,
} from "../../../src/core/hold/hold.ts";
import { indexHolds } from "../../../src/core/hold/lookup.ts";
import { targetOf } from "../../../src/core/report/hold.ts";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import type { Session } from "../../../src/core/session/session.ts";

const HERE = new Set(["crm", "crm_too"]);

function session(more: Partial<Session> = {}): Session {
  return {
    scope: "agt_1",
    id: "a",
    clocks: {},
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version: 1,
    metadata: null,
    ...more,
  };
}

const subject = (type: string, value: string | number | boolean): HoldSelector => ({
  kind: "subject",
  identifiers: [{ type, value }],
});
const metadata = (fields: Record<string, string | number | boolean>): HoldSelector => ({
  kind: "metadata",
  source: null,
  fields,
});
const person = (type: string, ...values: (string | number | boolean)[]): Partial<Session> => ({
  person: [{ type, values }],
});

describe("what a hold matches", () => {
  test.each<[string, boolean, HoldSelector, Partial<Session>]>([
    ["its session", true, { kind: "session", source: "crm", scope: "agt_1", id: "a" }, {}],
    [
      "its session, by another name of the account",
      true,
      { kind: "session", source: "crm_too", scope: "agt_1", id: "a" },
      {},
    ],
    [
      "not another source's session",
      false,
      { kind: "session", source: "other", scope: "agt_1", id: "a" },
      {},
    ],
    [
      "not the session of another scope",
      false,
      { kind: "session", source: "crm", scope: "agt_2", id: "a" },
      {},
    ],
    ["not another session", false, { kind: "session", source: "crm", scope: "agt_1", id: "A" }, {}],
    ["a scope", true, { kind: "scope", source: "crm", globs: ["x", "agt_*"] }, {}],
    ["not another scope", false, { kind: "scope", source: "crm", globs: ["agt"] }, {}],
    ["not another source's scope", false, { kind: "scope", source: "other", globs: ["*"] }, {}],
    [
      "a person",
      true,
      subject("user_identifier_key", "jane"),
      person("user_identifier_key", "jane"),
    ],
    [
      "a person whom the session shares with another",
      true,
      subject("user_identifier_key", "jane"),
      person("user_identifier_key", "john", "jane"),
    ],
    [
      "a person by one identifier, whom another field contradicts",
      true,
      {
        kind: "subject",
        identifiers: [
          { type: "user_identifier_key", value: "jane" },
          { type: "user_identity_id", value: "u1" },
        ],
      },
      {
        person: [
          { type: "user_identifier_key", values: ["jane"] },
          { type: "user_identity_id", values: ["u2"] },
        ],
      },
    ],
    [
      "a key at a person path",
      true,
      subject("user_identifier_key", "jane"),
      person("metadata:user", "jane"),
    ],
    [
      "not another person",
      false,
      subject("user_identifier_key", "jane"),
      person("user_identifier_key", "Jane"),
    ],
    ["not by another type", false, subject("metadata:user", 7), person("metadata:user", "7")],
    ["not nobody", false, subject("user_identifier_key", "jane"), person("user_identifier_key")],
    [
      "a person who cannot be compared",
      true,
      subject("user_identifier_key", "jane"),
      person("metadata:user", INCOMPARABLE),
    ],
    [
      "a path that no source declares",
      true,
      subject("metadata:case.no", 7),
      { metadata: { case: { no: 7 } } },
    ],
    ["such a path in a list", true, subject("metadata:case", 7), { metadata: { case: [1, 7] } }],
    [
      "such a path that cannot be compared",
      true,
      subject("metadata:case", 7),
      { metadata: { case: { no: 7 } } },
    ],
    [
      "not a key because another field cannot be compared",
      false,
      subject("user_identity_id", "u1"),
      person("metadata:user", INCOMPARABLE),
    ],
    ["metadata", true, metadata({ a: 1, "b.c": "x" }), { metadata: { a: 1, b: { c: "x" } } }],
    ["metadata in a list", true, metadata({ a: 1 }), { metadata: { a: [2, 1] } }],
    ["metadata that cannot be compared", true, metadata({ a: 1 }), { metadata: { a: { b: 1 } } }],
    [
      "metadata of which one value is too large to compare",
      true,
      metadata({ a: 1 }),
      { metadata: { a: 2 ** 60 } },
    ],
    ["not half of the metadata", false, metadata({ a: 1, b: 2 }), { metadata: { a: 1 } }],
    ["not metadata of another type", false, metadata({ a: 1 }), { metadata: { a: "1" } }],
    ["not where there is no metadata", false, metadata({ a: 1 }), { metadata: null }],
    [
      "not metadata of another source",
      false,
      { kind: "metadata", source: "other", fields: { a: 1 } },
      { metadata: { a: 1 } },
    ],
    [
      "not a path into a prototype",
      false,
      metadata({ "constructor.name": "Object" }),
      { metadata: {} },
    ],
  ])("%s", (_what, held, selector, more) => {
    expect(matchesHold(selector, HERE, session(more))).toBe(held);
  });

  test("a time that is no number ends nothing", () => {
    expect(isInForce({ ends_at: null }, NaN)).toBe(true);
    expect(isInForce({ ends_at: 5 }, NaN)).toBe(true);
    expect(isInForce({ ends_at: 5 }, -Infinity)).toBe(true);
    expect(isInForce({ ends_at: 5 }, 4)).toBe(true);
    expect(isInForce({ ends_at: 5 }, 5)).toBe(false);
  });
});

const name = fc.constantFrom("crm", "crm_too", "other");
const word = fc.constantFrom("a", "b", "agt_1", "agt_2");
const selectors: fc.Arbitrary<HoldSelector> = fc.oneof(
  fc.record({ kind: fc.constant("session" as const), source: name, scope: word, id: word }),
  fc.record({
    kind: fc.constant("scope" as const),
    source: name,
    globs: fc.array(fc.constantFrom("a", "agt_*", "*_2"), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant("subject" as const),
    identifiers: fc.array(
      fc.record({ type: fc.constantFrom("user_identifier_key", "metadata:m"), value: word }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  fc.record({
    kind: fc.constant("metadata" as const),
    source: fc.option(name),
    fields: fc.constantFrom<Record<string, string>>({ m: "a" }, { m: "a", n: "b" }),
  }),
);
const sessions = fc.record({
  scope: word,
  id: word,
  person: fc.constantFrom(
    [],
    [{ type: "user_identifier_key", values: ["a"] }],
    [{ type: "metadata:m", values: [INCOMPARABLE] }],
  ),
  metadata: fc.constantFrom(null, { m: "a" }, { m: "a", n: ["b"] }, { m: {} }),
});
const holds = fc.array(
  fc.record({ selector: selectors, ends_at: fc.option(fc.integer({ min: 0, max: 10 })) }),
  { maxLength: 6 },
);

function numbered(some: readonly Pick<Hold, "selector" | "ends_at">[]): Hold[] {
  return some.map((one, index) => ({
    ...one,
    id: `hld_${index}`,
    version: index + 1,
    public_reason: null,
  }));
}

describe("many holds at once", () => {
  test("bind exactly what one of them in force matches", () => {
    fc.assert(
      fc.property(holds, sessions, fc.integer({ min: 0, max: 10 }), (some, more, now) => {
        const all = numbered(some);
        const one = session(more);
        const index = indexHolds(all, HERE);
        const found = index.heldBy(one, now);
        const binding = all.filter(
          (hold) => isInForce(hold, now) && matchesHold(hold.selector, HERE, one),
        );
        expect(found === null).toBe(binding.length === 0);
        expect(found === null || binding.includes(found)).toBe(true);
      }),
    );
  });

  test("a reference is free only of what binds no session of that reference", () => {
    fc.assert(
      fc.property(holds, sessions, (some, more) => {
        const one = session(more);
        const index = indexHolds(numbered(some), HERE);
        const { holding } = index.heldByRef(one, 0);
        const { heldBy } = index;
        expect(holding === "free" ? heldBy(one, 0) : null).toBeNull();
        expect(holding === "held" ? heldBy(one, 0) === null : false).toBe(false);
      }),
    );
  });

  test("a rule that has not changed since a version leaves what was judged under it judged", () => {
    fc.assert(
      fc.property(holds, sessions, fc.nat({ max: 6 }), (some, more, version) => {
        const all = numbered(some);
        const one = session(more);
        const { any } = indexHolds(all, HERE).newest(0);
        const older = indexHolds(
          all.filter((hold) => hold.version <= version),
          HERE,
        );
        const later = indexHolds(all, HERE).heldBy(one, 0);
        // Nothing newer binds here: whoever was free under the older holds is free under all.
        expect(any > version || (older.heldBy(one, 0) === null) === (later === null)).toBe(true);
      }),
    );
  });

  test.each(["session", "scope", "subject", "metadata"] as const)(
    "only a %s that looks at content must be read for it",
    (kind) => {
      fc.assert(
        fc.property(
          selectors.filter((one) => one.kind === kind),
          sessions,
          (selector, more) => {
            const holding = matchesRef(selector, HERE, session(more));
            expect(holding === "unknown").toBe(needsContent(selector, HERE));
          },
        ),
      );
    },
  );
});

test("what may be shown of a selector names nobody", () => {
  expect(targetOf(subject("metadata:case", "jane"))).toEqual({
    kind: "subject",
    identifier_types: ["metadata:case"],
  });
  expect(targetOf(metadata({ b: "jane", a: 1 }))).toEqual({
    kind: "metadata",
    source: null,
    paths: ["a", "b"],
  });
  const one: HoldSelector = { kind: "session", source: "crm", scope: "w", id: "a" };
  expect(targetOf(one)).toEqual(one);
});

import { expect, test } from "vitest";
import type { Hold, HoldSelector } from "../../../src/core/hold/hold.ts";
import { holdCandidates } from "../../../src/core/hold/candidates.ts";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import type { Scalar, Session } from "../../../src/core/session/session.ts";

const MANY = 1000;

function many(selector: (index: number) => HoldSelector): Hold[] {
  return Array.from({ length: MANY }, (_, index) => ({
    id: `hld_${index}`,
    version: index + 1,
    selector: selector(index),
    ends_at: null,
    public_reason: null,
  }));
}

function session(type: string, value: Scalar, metadata: Session["metadata"]): Session {
  return {
    scope: "agt_1",
    id: "a",
    clocks: {},
    activity_read: true,
    busy: false,
    person: [{ type, values: [value] }],
    parent: null,
    version: 1,
    metadata,
  };
}

const byType = (type: string) => many((at) => subject(type, `p${at}`));
const byField = many((at) => ({ kind: "metadata", source: null, fields: { "case.no": at } }));

function subject(type: string, value: Scalar): HoldSelector {
  return { kind: "subject", identifiers: [{ type, value }] };
}

test.each<[string, Hold[], Session]>([
  ["a person", byType("user_identifier_key"), session("user_identifier_key", "p7", null)],
  ["a person at a path", byType("user_identifier_key"), session("metadata:user", "p7", null)],
  ["a declared path", byType("metadata:user"), session("metadata:user", "p7", null)],
  ["any path", byType("metadata:case"), session("metadata:user", "x", { case: "p7" })],
  ["metadata", byField, session("metadata:user", "x", { case: { no: 7 } })],
])("of a thousand holds by %s only the one that may bind is compared", (_name, holds, one) => {
  expect(holdCandidates(holds)(one).map(({ id }) => id)).toEqual(["hld_7"]);
});

test.each<[string, Hold[], Session]>([
  ["in a person's field", byType("metadata:user"), session("metadata:user", INCOMPARABLE, null)],
  ["at a path", byField, session("metadata:user", "x", { case: { no: { of: 7 } } })],
])("a value that cannot be compared, %s, calls for every hold by it", (_name, holds, one) => {
  expect(holdCandidates(holds)(one)).toHaveLength(MANY);
});

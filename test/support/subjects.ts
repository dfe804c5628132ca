import type { PersonField, Scalar, Session } from "../../src/core/session/session.ts";
import { matchSubject, type Identifier } from "../../src/core/session/subject.ts";

/** A session that names these people: `{ user_identifier_key: ["jane"] }`. */
export function session(person: Readonly<Record<string, readonly Scalar[]>>): Session {
  return {
    scope: "agt_1",
    id: "ase_1",
    clocks: {},
    activity_read: true,
    busy: false,
    person: Object.entries(person).map(([type, values]): PersonField => ({ type, values })),
    parent: null,
    version: 0,
    metadata: null,
  };
}

export function given(...identifiers: readonly (readonly [string, Scalar])[]): Identifier[] {
  return identifiers.map(([type, value]) => ({ type, value }));
}

/** What the match comes to, in one word; a conflict with its field. */
export function outcome(identifiers: readonly Identifier[], one: Session): string {
  const match = matchSubject(identifiers, one);
  return match.kind === "conflict" ? `conflict ${match.field}` : match.kind;
}

export const KEY = "user_identifier_key";
export const IDENTITY = "user_identity_id";
export const AT_KEY = "metadata:user_identifier_key";
export const AT_ID = "metadata:user_id";

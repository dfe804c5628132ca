import * as z from "zod";
import { exactNumber } from "../values/fields.ts";
import type { PersonField, Scalar, Session } from "./session.ts";

/** The fixed identifier types; `metadata:<path>` is the open one. */
export const IDENTIFIER_TYPES = [
  "user_identifier_key",
  "user_identity_id",
  "client_session_id",
  "agent_session_id",
  "customer_key",
] as const;

/** One typed value that names a person. */
export interface Identifier {
  readonly type: string;
  readonly value: Scalar;
}

// Control, format (zero-width, direction), line separators, lone surrogates, and everything else that
// Unicode says is not drawn (fillers, joiners, variation selectors); U+2800 is drawn as nothing.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
// A "%" before two hex digits is part of an escaped text, not a wildcard.
const WILDCARD = /\*|%(?![0-9A-Fa-f]{2})|^[?_]+$/;
// A session id without its agent is taken: found in two agents it is a conflict.
const AGENT_SESSION = /^[^/]+(?:\/[^/]+)?$/;
const METADATA_TYPE = /^metadata:[^.]+(\.[^.]+)*$/;

/** What looks like a mistake in a value, and how to say that it is meant; null when nothing does. */
export function looksWrong(value: string): string | null {
  const what = mistakeIn(value);
  return what === null
    ? null
    : `${what}: values are compared exactly, so leave it out or, if the value is meant as it is, add "exact": true`;
}

function mistakeIn(value: string): string | null {
  if (INVISIBLE.test(value)) {
    return "control, zero-width or invisible characters";
  }
  if (value.trim() !== value) {
    return "white space at an edge";
  }
  return WILDCARD.test(value) ? "looks like a wildcard" : null;
}

/** Whether a text is one of the fixed types or `metadata:<path>`. */
export function isIdentifierType(type: string): boolean {
  return METADATA_TYPE.test(type) || (IDENTIFIER_TYPES as readonly string[]).includes(type);
}

/** An identifier as a request gives it. Values are never trimmed, folded or normalised. */
export const Identifier = z
  .strictObject({
    type: z.string().max(210),
    value: z.union([z.string().min(1, "empty: give the exact value"), exactNumber, z.boolean()]),
    /** The value is meant as it is, whatever it looks like. */
    exact: z.boolean().optional(),
  })
  .superRefine(({ type, value, exact }, context) => {
    const wrong = typeof value === "string" && exact !== true ? looksWrong(value) : null;
    if (wrong !== null) {
      context.addIssue({ code: "custom", path: ["value"], message: wrong });
    }
    const isMetadata = METADATA_TYPE.test(type);
    if (!isIdentifierType(type)) {
      context.addIssue({
        code: "custom",
        path: ["type"],
        message: `unknown type: use ${IDENTIFIER_TYPES.join(", ")} or metadata:<path>`,
      });
    } else if (!isMetadata && typeof value !== "string") {
      context.addIssue({ code: "custom", path: ["value"], message: `${type} is a string` });
    } else if (type === "agent_session_id" && !AGENT_SESSION.test(String(value))) {
      context.addIssue({ code: "custom", path: ["value"], message: "write <agent>/<session>" });
    }
  });

/** The identifiers of a request without what was said of how they are written. */
export function identifiersOf(given: readonly Identifier[]): readonly Identifier[] {
  return given.map(({ type, value }) => ({ type, value }));
}

const KEY = "user_identifier_key";

/** How one session stands to a subject. */
export type Match =
  | { readonly kind: "none" }
  | { readonly kind: "match" }
  /** Also another person's: it is left. */
  | { readonly kind: "shared" }
  /** It contradicts what was given: the whole plan stops. */
  | { readonly kind: "conflict"; readonly field: string };

/** Identifier types that name one session, not a person: they never contradict another identifier. */
export const SESSION_TYPES: ReadonlySet<string> = new Set([
  "client_session_id",
  "agent_session_id",
]);

/**
 * Holds one session against a subject, by exact value and type. A field of a given type that holds none
 * of the given values is a conflict; a field that names several people, or a metadata field that names
 * somebody no identifier gave, makes the session shared. Absent and null are no contradiction. Where
 * nothing but session ids was given, nobody was named who could be somebody else.
 */
export function matchSubject(identifiers: readonly Identifier[], session: Session): Match {
  const given = new Set(identifiers.map(({ type }) => type));
  const isPersonGiven = [...given].some((type) => !SESSION_TYPES.has(type));
  let matched = false;
  let shared = false;
  let conflict: string | null = null;
  let keyMatched = false;
  let keyContradicted = false;
  for (const field of session.person) {
    const hits = field.values.filter((value) =>
      identifiers.some((one) => names(one, field, value)),
    );
    matched ||= hits.length > 0;
    if (field.values.length === 0 || SESSION_TYPES.has(field.type)) {
      continue;
    }
    const isMetadata = field.type.startsWith("metadata:");
    keyMatched ||= field.values.some((value) =>
      identifiers.some((one) => one.type === KEY && names(one, field, value)),
    );
    if (hits.length > 0) {
      shared ||= hits.length < field.values.length;
    } else if (given.has(field.type)) {
      conflict ??= field.type;
    } else {
      keyContradicted ||= isMetadata;
      shared ||= (isMetadata && isPersonGiven) || new Set(field.values).size > 1;
    }
  }
  if (!matched) {
    return { kind: "none" };
  }
  // At an agent source every person path is a field of the key: one of them must hold it, or none anything else.
  if (conflict === null && given.has(KEY) && !keyMatched && keyContradicted) {
    conflict = KEY;
  }
  if (conflict !== null) {
    return { kind: "conflict", field: conflict };
  }
  return { kind: shared ? "shared" : "match" };
}

/** The types of the identifiers that a session matches, each once, in the order in which they were given. */
export function matchedTypes(identifiers: readonly Identifier[], session: Session): string[] {
  const hit = identifiers.filter((one) =>
    session.person.some((field) => field.values.some((value) => names(one, field, value))),
  );
  return [...new Set(hit.map(({ type }) => type))];
}

/** Whether a session names any person at all: a child that does is never taken with its parent. */
export function namesSomebody(session: Session): boolean {
  return session.person.some((field) => !SESSION_TYPES.has(field.type) && field.values.length > 0);
}

/** Whether a source can look for at least one of the identifiers. */
export function canSearch(identifiers: readonly Identifier[], types: readonly string[]): boolean {
  return identifiers.some(
    ({ type }) =>
      types.includes(type) ||
      (type === "user_identifier_key" && types.some((one) => one.startsWith("metadata:"))),
  );
}

/** Whether an identifier is looked for in a field. */
export function isAbout({ type }: Identifier, field: PersonField): boolean {
  return type === field.type || (type === KEY && field.type.startsWith("metadata:"));
}

function names(identifier: Identifier, field: PersonField, value: Scalar): boolean {
  return isAbout(identifier, field) && identifier.value === value;
}

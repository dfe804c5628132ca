import * as z from "zod";
import { matchesGlob } from "../values/glob.ts";
import { comparableValues, INCOMPARABLE } from "../session/person.ts";
import { valueAt } from "../values/fields.ts";
import type { Scalar, Session, SessionRef } from "../session/session.ts";
import { matchSubject, type Identifier } from "../session/subject.ts";

/** Which sessions a hold binds: one kind, and never none. `source` is the name of a source. */
export type HoldSelector =
  | {
      readonly kind: "session";
      readonly source: string;
      readonly scope: string;
      readonly id: string;
    }
  /** Every session, in every source, that names the person by any of the identifiers. */
  | { readonly kind: "subject"; readonly identifiers: readonly Identifier[] }
  /** Workspaces or agents; `*` stands for any run of characters. */
  | { readonly kind: "scope"; readonly source: string; readonly globs: readonly string[] }
  /** Sessions that hold all of these values; null: in every source. */
  | {
      readonly kind: "metadata";
      readonly source: string | null;
      readonly fields: Readonly<Record<string, Scalar>>;
    };

/** Letters of GDPR Art. 17(3). */
export const ARTICLES = ["17(3)(a)", "17(3)(b)", "17(3)(c)", "17(3)(d)", "17(3)(e)"] as const;

/** Why a hold may exist: a letter of the law, or free text. */
export const HoldGround = z.union([
  z.strictObject({ article: z.enum(ARTICLES) }),
  z.strictObject({ text: z.string() }),
]);
export type HoldGround = Readonly<z.infer<typeof HoldGround>>;

/** A hold as a Custodian needs to know it. */
export interface Hold {
  readonly id: string;
  /** The version of the restraints that brought it. */
  readonly version: number;
  readonly selector: HoldSelector;
  /** Epoch milliseconds; null: until it is released. A review date that has passed ends nothing. */
  readonly ends_at: number | null;
  /** What callers may be told. */
  readonly public_reason: string | null;
}

/** Whether a hold that was not released still binds at a time. */
export function isInForce({ ends_at: end }: Pick<Hold, "ends_at">, now: number): boolean {
  // Written so that a time that is no number ends nothing.
  return end === null || !(now >= end);
}

/** How a hold stands to a session: `unknown` when only its reference is there, and that does not tell. */
export type Holding = "held" | "free" | "unknown";

/**
 * Holds one session against a hold. `names` are the source's own name and those of every source that
 * reaches the same account. What cannot be compared counts as held.
 */
export function matchesHold(
  selector: HoldSelector,
  names: ReadonlySet<string>,
  session: Session,
): boolean {
  switch (selector.kind) {
    case "session":
    case "scope":
      return matchesRef(selector, names, session) === "held";
    case "subject":
      return namesSubject(selector.identifiers, session);
    case "metadata":
      return (
        isOf(selector.source, names) &&
        Object.entries(selector.fields).every(([path, value]) => holds(session, path, value))
      );
  }
}

/** The same by the reference alone, where the session itself is not there to be looked at. */
export function matchesRef(
  selector: HoldSelector,
  names: ReadonlySet<string>,
  { scope, id }: SessionRef,
): Holding {
  switch (selector.kind) {
    case "session":
      return names.has(selector.source) && selector.scope === scope && selector.id === id
        ? "held"
        : "free";
    case "scope":
      return names.has(selector.source) && selector.globs.some((glob) => matchesGlob(glob, scope))
        ? "held"
        : "free";
    case "subject":
      return "unknown";
    case "metadata":
      return isOf(selector.source, names) ? "unknown" : "free";
  }
}

/** Whether a hold looks at what a session says, so that its reference does not tell. */
export function needsContent(selector: HoldSelector, names: ReadonlySet<string>): boolean {
  return (
    selector.kind === "subject" || (selector.kind === "metadata" && isOf(selector.source, names))
  );
}

function isOf(source: string | null, names: ReadonlySet<string>): boolean {
  return source === null || names.has(source);
}

function holds({ metadata }: Session, path: string, value: Scalar): boolean {
  const found = comparableValues(valueAt(metadata, path));
  return found.includes(value) || found.includes(INCOMPARABLE);
}

/**
 * Whether any identifier names the session: also one that is another person's too, and also where a field
 * of a given type cannot be compared. A path that no source declares any more is read in the metadata.
 */
function namesSubject(identifiers: readonly Identifier[], session: Session): boolean {
  if (matchSubject(identifiers, session).kind !== "none") {
    return true;
  }
  return identifiers.some(({ type, value }) => {
    const isKey = type === "user_identifier_key";
    const path = type.startsWith("metadata:") ? type.slice("metadata:".length) : null;
    return (
      (path !== null && holds(session, path, value)) ||
      session.person.some(
        (field) =>
          (field.type === type || (isKey && field.type.startsWith("metadata:"))) &&
          field.values.includes(INCOMPARABLE),
      )
    );
  });
}

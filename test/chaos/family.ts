import type { Session } from "../../src/core/session/session.ts";
import { matchSubject, namesSomebody, type Identifier } from "../../src/core/session/subject.ts";
import { nameOf, type Found } from "./world.ts";

/** Whom an erasure is about, and where alone it looks. */
export interface Sought {
  readonly identifiers: readonly Identifier[];
  readonly sources: readonly string[] | null;
  readonly scopes: readonly string[] | null;
}

/** Everything that is, or was, known: by its name. */
export type Known = ReadonlyMap<string, Found>;

/** Agents one of whose sessions may have made a session for several people: `<source> <agent>`. */
export type Sharing = ReadonlySet<string>;

/** The person's, and to be removed; perhaps also another's, and to be left; or none of the erasure's business. */
export type Standing = "hers" | "shared" | "none";

/**
 * How a session stands to an erasure: named by an identifier, or made by one that is hers, through any that
 * name nobody. `limited`: also those between must lie where the erasure looks.
 */
export function standingOf(
  sought: Sought,
  one: Found,
  known: Known,
  sharing: Sharing,
  limited: boolean,
): Standing {
  if (!isWithin(sought, one)) {
    return "none";
  }
  const { kind } = matchSubject(sought.identifiers, one);
  const isByShared = one.parent !== null && sharing.has(`${one.source} ${one.parent.scope}`);
  if (kind === "match" || kind === "shared") {
    return kind === "shared" || (isByShared && !isNamedItself(sought, one)) ? "shared" : "hers";
  }
  const parent = parentIn(known, one);
  if (kind === "conflict" || namesSomebody(one) || parent === null) {
    return "none";
  }
  const wide = limited ? sought : { ...sought, sources: null, scopes: null };
  const standing = standingOf(wide, parent, known, sharing, limited);
  return standing !== "none" && isByShared ? "shared" : standing;
}

/** Several sessions bear an id that was asked for: nobody can say which was meant, so none may go. */
export function isAmbiguous(sought: Sought, there: readonly Found[]): boolean {
  return there.filter((one) => isWithin(sought, one) && isNamedItself(sought, one)).length > 1;
}

/** Sessions that name nobody, and that `one` has made, through any of their kind. */
export function namelessOf(one: Found, there: readonly Found[]): readonly Found[] {
  const children = there.filter(
    (child) =>
      child.source === one.source &&
      child.parent?.scope === one.scope &&
      child.parent.id === one.id &&
      !namesSomebody(child),
  );
  return children.flatMap((child) => [child, ...namelessOf(child, there)]);
}

/** Made by another, and naming nobody, in a line that ends in one that was never there. */
export function isOrphan(one: Found, known: Known): boolean {
  if (one.parent === null || namesSomebody(one)) {
    return false;
  }
  const parent = parentIn(known, one);
  return parent === null || isOrphan(parent, known);
}

export function parentIn(known: Known, { source, parent }: Found): Found | null {
  return parent === null ? null : (known.get(nameOf({ source, ...parent })) ?? null);
}

function isWithin({ sources, scopes }: Sought, { source, scope }: Found): boolean {
  return (sources?.includes(source) ?? true) && (scopes?.includes(scope) ?? true);
}

/** Asked for by its own id. */
export function isNamedItself({ identifiers }: Sought, { person }: Session): boolean {
  return identifiers.some(
    ({ type, value }) =>
      type.endsWith("session_id") &&
      person.some((field) => field.type === type && field.values.includes(value)),
  );
}

/** Another account or workspace has one of the same name. */
export function isTwice(one: Found, there: readonly Found[]): boolean {
  const isClient = one.source === "client_sessions";
  return there.some(
    (other) =>
      nameOf(other) !== nameOf(one) &&
      other.id === one.id &&
      (isClient || other.scope === one.scope),
  );
}

import type { PersonField } from "./session.ts";
import { matchSubject, type Identifier, type Match } from "./subject.ts";

/**
 * Whose a session is that names nobody: the fields of its ancestors up to the nearest that names somebody,
 * and these ancestors' agents. Values are keyed hashes, so that it can be kept when the ancestors are gone.
 */
export interface Lineage {
  readonly person: readonly PersonField[];
  readonly agents: readonly string[];
}

/** One step up from a session that names nobody. */
export interface Ancestor {
  readonly scope: string;
  readonly id: string;
  /** It is there, and cannot be read: it may name somebody. */
  readonly unreadable: boolean;
  /** Null: it is gone, or cannot be read. */
  readonly found: {
    readonly named: boolean;
    readonly person: readonly PersonField[];
    readonly has_parent: boolean;
  } | null;
}

/** Adds an ancestor to what its descendants inherit. */
export function inherit(
  above: Lineage | null,
  { scope, person }: { readonly scope: string; readonly person: readonly PersonField[] },
): Lineage {
  return {
    person: merge([...person, ...(above?.person ?? [])]),
    agents: [...new Set([scope, ...(above?.agents ?? [])])],
  };
}

/**
 * Whose a session is, from its ancestors, the nearest first; null: nobody can say. `kept` is what was known
 * of the last one's descendants, where that one is gone.
 */
export function lineageOf(ancestors: readonly Ancestor[], kept: Lineage | null): Lineage | null {
  const last = ancestors.at(-1);
  if (last === undefined) {
    return null;
  }
  const isEnd = last.found !== null && (last.found.named || !last.found.has_parent);
  if (last.found === null ? kept === null : !isEnd) {
    return null;
  }
  return ancestors.reduceRight<Lineage | null>(
    (above, { scope, found }) =>
      found === null ? above : inherit(above, { scope, person: found.person }),
    last.found === null ? kept : null,
  );
}

/**
 * Holds what is known of a descendant's ancestors against a subject; the identifiers are hashed as the
 * fields are. What also names somebody else, or contradicts, is shared.
 */
export function matchLineage(
  identifiers: readonly Identifier[],
  { person }: Lineage,
): Match["kind"] {
  const { kind } = matchSubject(identifiers, {
    scope: "",
    id: "",
    clocks: {},
    activity_read: true,
    busy: false,
    person,
    parent: null,
    version: 0,
    metadata: null,
  });
  return kind === "conflict" ? "shared" : kind;
}

function merge(fields: readonly PersonField[]): PersonField[] {
  const byType = new Map<string, Set<PersonField["values"][number]>>();
  for (const { type, values } of fields) {
    if (values.length > 0) {
      byType.set(type, new Set([...(byType.get(type) ?? []), ...values]));
    }
  }
  return [...byType].map(([type, values]) => ({ type, values: [...values] }));
}

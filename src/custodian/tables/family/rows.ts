import type { Ancestor } from "../../../core/session/lineage.ts";
import type { PersonField } from "../../../core/session/session.ts";

/** Whom one names that cannot be read. */
export const UNREADABLE = "null";

/** An ancestor of a descendant, as a query tells of both. */
export interface AncestorRow {
  readonly parent_scope: string;
  readonly parent_id: string;
  readonly of_scope: string;
  readonly of_id: string;
  readonly version: number;
  readonly stays: number;
  readonly unreadable: number;
  readonly follows: number;
  readonly planned: number;
  readonly selected: number;
  readonly up_version: number | null;
  readonly up_follows: number | null;
  readonly up_planned: number | null;
  readonly scope: string;
  readonly id: string;
  readonly named: number | null;
  readonly person: string | null;
  readonly has_parent: number;
}

/** An ancestor, and what a sweep has noted of it. */
export interface ListedAncestor extends Ancestor {
  readonly version: number;
  readonly follows: boolean;
  readonly planned: number;
}

/** An ancestor as a row tells of it. */
export function ancestorOf(row: AncestorRow): ListedAncestor {
  return {
    scope: row.scope,
    id: row.id,
    version: row.up_version ?? 0,
    follows: row.up_follows === 1,
    planned: row.up_planned ?? 0,
    unreadable: row.person === UNREADABLE,
    found: foundOf(row),
  };
}

/** What is known of an ancestor; null: it is gone, or cannot be read. */
function foundOf({ named, person, has_parent: hasParent }: AncestorRow): Ancestor["found"] {
  return named === null || person === null || person === UNREADABLE
    ? null
    : {
        named: named === 1,
        person: JSON.parse(person) as PersonField[],
        has_parent: hasParent === 1,
      };
}

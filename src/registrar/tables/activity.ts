import {
  isKeptForGood,
  objectOf,
  type Activity,
  type ActivityCode,
  type ActivityKind,
} from "../../core/report/activity.ts";
import { earliestId } from "../../core/values/id.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { ActivityFilter } from "../../contract/filters.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { equal, ListTable, oneOf, type Condition } from "./list.ts";

/** Something that was done, as it is stored; `at` in epoch milliseconds. */
export interface StoredActivity {
  readonly id: string;
  readonly at: number;
  readonly actor: string | null;
  readonly kind: ActivityKind;
  readonly object: string;
  readonly code: ActivityCode | null;
}

/** Who did what: entries are added and, when their time is over, removed; none is changed. */
export class ActivityTable extends ListTable {
  add({ id, at, actor, kind, object, code }: StoredActivity): void {
    this.sql.exec(
      `INSERT INTO activity (id, at, actor, kind, object, code, for_good)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      at,
      actor,
      kind,
      object,
      code,
      isKeptForGood(kind) ? 1 : 0,
    );
  }

  /** One page of those that are asked for. */
  page(page: PageRequest, filter: ActivityFilter): Page<Activity> {
    const { data: ids, next_cursor } = this.idsOf(
      { table: "activity", prefix: "act", ...walkFor(filter) },
      page,
      filter,
    );
    const data = this.rows<StoredActivity>(
      `SELECT id, at, actor, kind, object, code FROM activity
       WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC`,
      JSON.stringify(ids),
    ).map(({ at, object, ...entry }) => ({
      ...entry,
      at: formatTimestamp(at),
      object: { kind: objectOf(entry.kind), id: object },
    }));
    return { data, next_cursor };
  }

  /** Removes what is before a time and not kept for good, so much at once. */
  purge(before: number, most: number): void {
    this.sql.exec(
      `DELETE FROM activity WHERE id IN
         (SELECT id FROM activity WHERE for_good = 0 AND id < ? ORDER BY id LIMIT ?)`,
      earliestId("act", before),
      most,
    );
  }
}

/** The narrowest index that a filter has, and what is left to look at in each row. */
function walkFor({ actor, kind, object }: ActivityFilter): {
  index: string | null;
  within: Condition[];
  where: Condition[];
} {
  // The plus keeps SQLite from an index of kinds, from which several would have to be sorted.
  const kinds = kind === undefined ? [] : [oneOf("+kind", kind)];
  if (object !== undefined) {
    const where = [...equal("actor", actor), ...kinds];
    return { index: "activity_of_object", within: equal("object", object), where };
  }
  if (actor !== undefined) {
    return { index: "activity_of_actor", within: equal("actor", actor), where: kinds };
  }
  return kind?.length === 1
    ? { index: "activity_of_kind", within: equal("kind", kind[0]), where: [] }
    : { index: null, within: [], where: kinds };
}

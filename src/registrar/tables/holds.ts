import type { Hold, HoldSelector } from "../../core/hold/hold.ts";
import type { HoldReport, HoldTarget } from "../../core/report/hold.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { TooLate } from "../../contract/custodian.ts";
import type { HoldFilter } from "../../contract/filters.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { equal, ListTable, type Condition } from "./list.ts";

/** What a hold says besides whom it binds. */
type HoldHead = Pick<
  HoldReport,
  | "ground"
  | "owner"
  | "public_reason"
  | "reference"
  | "placed_by"
  | "placed_at"
  | "released_by"
  | "released_at"
  | "warnings"
  | "matches"
>;

/** What a hold or a pause came too late for, by source. */
export type LateBySource = Readonly<Record<string, Omit<TooLate, "restraint">>>;

export interface StoredHold {
  readonly id: string;
  /** The version of the restraints that brought it. */
  readonly version: number;
  readonly head: HoldHead;
  readonly target: HoldTarget;
  readonly ends_at: number | null;
  readonly review_at: number;
  readonly late: LateBySource;
  /** The version of the restraints that took it away; null while it stands. */
  readonly over_in: number | null;
}

interface Row extends Omit<StoredHold, "head" | "target" | "late"> {
  readonly reference: string | null;
  readonly hold: string;
  readonly selector: string | null;
  readonly target: string;
  readonly late: string;
}

/** Holds. Whom one binds is kept until it is over, and not an instant longer. */
export class HoldTable extends ListTable {
  add(hold: StoredHold, selector: HoldSelector): void {
    this.sql.exec(
      `INSERT INTO holds (id, version, reference, hold, selector, target, ends_at, review_at, late)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      hold.id,
      hold.version,
      hold.head.reference,
      JSON.stringify(hold.head),
      JSON.stringify(selector),
      JSON.stringify(hold.target),
      hold.ends_at,
      hold.review_at,
      JSON.stringify(hold.late),
    );
  }

  get(id: string): StoredHold | null {
    return this.#read("SELECT * FROM holds WHERE id = ?", id)[0] ?? null;
  }

  /** Which sessions a hold binds; null: it is over. */
  selectorOf(id: string): HoldSelector | null {
    const [row] = this.rows<Pick<Row, "selector">>("SELECT selector FROM holds WHERE id = ?", id);
    return row === undefined || row.selector === null
      ? null
      : (JSON.parse(row.selector) as HoldSelector);
  }

  /** One page of those that are asked for; `now` says which are due for review. */
  page(
    page: PageRequest,
    { reference, review_due: due }: HoldFilter,
    now: number,
  ): Page<StoredHold> {
    const standing: Condition[] = due === undefined ? [] : [["over_in IS NULL"]];
    const reviewed: Condition[] =
      due === undefined ? [] : [["(ends_at IS NULL OR ends_at > ?) AND review_at <= ?", now, now]];
    const listing = { table: "holds", prefix: "hld" } as const;
    const { data: ids, next_cursor } = this.idsOf(
      reference === undefined
        ? {
            ...listing,
            index: due === undefined ? null : "holds_standing",
            within: standing,
            where: reviewed,
          }
        : {
            ...listing,
            index: "holds_of_reference",
            within: equal("reference", reference),
            where: [...standing, ...reviewed],
          },
      page,
    );
    const data = this.#read(
      "SELECT * FROM holds WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
      JSON.stringify(ids),
    );
    return { data, next_cursor };
  }

  /** Holds that stand, as Custodians need to know them. */
  standing(): Hold[] {
    return this.rows<Row & { readonly selector: string }>(
      "SELECT * FROM holds INDEXED BY holds_standing WHERE over_in IS NULL ORDER BY id",
    ).map(({ id, version, hold, selector, ends_at }) => ({
      id,
      version,
      selector: JSON.parse(selector) as HoldSelector,
      ends_at,
      public_reason: (JSON.parse(hold) as HoldHead).public_reason,
    }));
  }

  /** What those bound that stood at a time and are over by now: whom, nothing tells any more. */
  overSince(at: number): HoldTarget[] {
    return this.#read(
      `SELECT * FROM holds WHERE over_in IS NOT NULL
         AND iif(hold ->> '$.released_at' IS NULL, ends_at > ?, hold ->> '$.released_at' > ?)`,
      at,
      formatTimestamp(at),
    ).map(({ target }) => target);
  }

  /** Standing holds whose end has passed. */
  past(now: number): StoredHold[] {
    return this.#read("SELECT * FROM holds WHERE over_in IS NULL AND ends_at <= ?", now);
  }

  /** Standing holds whose review date has passed: they still bind. */
  forReview(now: number): StoredHold[] {
    return this.#read(
      "SELECT * FROM holds WHERE over_in IS NULL AND review_at <= ? ORDER BY review_at LIMIT 1000",
      now,
    );
  }

  /** The first of those in force whose review date has passed. */
  reviewDue(now: number): { id: string; review_at: number }[] {
    return this.rows<{ id: string; review_at: number }>(
      `SELECT id, review_at FROM holds
       WHERE over_in IS NULL AND (ends_at IS NULL OR ends_at > ?1) AND review_at <= ?1
       ORDER BY review_at LIMIT 100`,
      now,
    );
  }

  /** How many are in force, and how many of them should have been looked at by now. */
  count(now: number): { in_force: number; review_due: number } {
    return this.sql
      .exec<{ in_force: number; review_due: number }>(
        `SELECT count(*) AS in_force, count(*) FILTER (WHERE review_at <= ?1) AS review_due
         FROM holds INDEXED BY holds_standing
         WHERE over_in IS NULL AND (ends_at IS NULL OR ends_at > ?1)`,
        now,
      )
      .one();
  }

  saveHead(id: string, head: HoldHead): void {
    this.sql.exec("UPDATE holds SET hold = ? WHERE id = ?", JSON.stringify(head), id);
  }

  saveLate(id: string, late: LateBySource): void {
    this.sql.exec("UPDATE holds SET late = ? WHERE id = ?", JSON.stringify(late), id);
  }

  /** Ends a hold: from here on nothing tells any more whom it bound. */
  end(id: string, version: number, target: HoldTarget, late: LateBySource): void {
    this.sql.exec(
      "UPDATE holds SET over_in = ?, selector = NULL, target = ?, late = ? WHERE id = ?",
      version,
      JSON.stringify(target),
      JSON.stringify(late),
      id,
    );
  }

  #read(query: string, ...bindings: SqlStorageValue[]): StoredHold[] {
    return this.rows<Row>(query, ...bindings).map(
      ({ hold, reference: _reference, selector: _selector, target, late, ...row }) => ({
        ...row,
        head: JSON.parse(hold) as HoldHead,
        target: JSON.parse(target) as HoldTarget,
        late: JSON.parse(late) as LateBySource,
      }),
    );
  }
}

import type { Clock, Scalar, Session } from "../../core/session/session.ts";
import type { SourceConfig } from "../provider.ts";

/** One row as D1 returns it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * A table of sessions as the source needs to know it. Columns are named like the clocks they hold; every
 * index in `indexes` begins with its clock and the primary key, and covers the other clocks and `version`.
 */
export interface SessionTable {
  readonly name: string;
  /** The two columns of the primary key. */
  readonly scope: string;
  readonly id: string;
  readonly clocks: readonly Clock[];
  readonly indexes: Readonly<Partial<Record<Clock, string>>>;
  /** The column that says whether a session is in use; null where none ever is. Every index covers it. */
  readonly busy: string | null;
  /** Tables whose rows go with their session: the same two columns name it. */
  readonly dependents: readonly string[];
  /** What `toSession` reads, besides the key, the clocks and the version. */
  readonly columns: string;
  /** The columns of the session that made one, and their index; null: sessions make no others. */
  readonly parent: ParentColumns | null;
  readonly toSession: (row: Row, config: SourceConfig) => Session;
  /** Whether the record is JSON: of one that is not, nobody can say whom it names. */
  readonly isReadable: (row: Row) => boolean;
  /** True of a row whose metadata have a value at a path; null: its sessions have none. */
  readonly hasMetadata: ((path: string, value: Scalar) => Condition) | null;
  /** A lookup of one person, where an index serves it; null: the whole table is walked. */
  readonly lookup:
    | ((identifiers: readonly { type: string; value: unknown }[]) => Lookup | null)
    | null;
}

/** A condition with the values it binds. */
export interface Condition {
  readonly sql: string;
  readonly binds: readonly (string | number)[];
}

interface ParentColumns {
  readonly scope: string;
  readonly id: string;
  readonly index: string;
  /** True of a row, by its alias, that may name nobody. */
  readonly isNameless: (config: SourceConfig, alias: string) => string;
}

/** A query for the keys of sessions, as `in_scope` and `of_id`; its parameters begin at `?3`. */
export interface Lookup {
  readonly sql: string;
  readonly binds: readonly string[];
}

/** Key, clocks, version and state of a row: what a covering index holds. */
export function bareSession(table: SessionTable, row: Row): Session {
  const clocks: Partial<Record<Clock, number | null>> = {};
  for (const clock of table.clocks) {
    clocks[clock] = numberOf(row[clock]);
  }
  return {
    scope: textOf(row["scope"]),
    id: textOf(row["id"]),
    clocks,
    activity_read: true,
    busy: row["busy"] !== 0,
    person: [],
    parent: null,
    version: numberOf(row["version"]) ?? 0,
    metadata: null,
  };
}

/** The columns of `bareSession`. */
export function bareColumns(table: SessionTable): string {
  return `${table.scope} AS scope, ${table.id} AS id, ${table.clocks.join(", ")}, version, ${table.busy ?? 0} AS busy`;
}

/** True of a session that is not in use. */
export function isIdle({ busy }: SessionTable): string {
  return busy === null ? "1" : `${busy} = 0`;
}

/** A text column that is never null. */
export function textOf(value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError("a text column of the embedded store holds no text");
  }
  return value;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

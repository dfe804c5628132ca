import type { Disposition } from "../../../core/count/disposition.ts";
import type { PlannedRef } from "../../../sources/source.ts";

/** One planned session, and what has become of it so far. */
export interface PlanRow extends PlannedRef {
  readonly clause: number;
  readonly due_at: number;
  readonly state: number;
  readonly tries: number;
  readonly disposition: Disposition | null;
  readonly cursor: string | null;
  /** When its disposition was stored. */
  readonly settled_at: number | null;
}

/** The columns that `readRows` expects, in this order. */
export const COLUMNS =
  "seq, scope, id, version, clause, due_at, state, tries, disposition, cursor, settled_at";

type Values = [
  seq: number,
  scope: string,
  id: string,
  version: number,
  clause: number,
  due_at: number,
  state: number,
  tries: number,
  disposition: Disposition | null,
  cursor: string | null,
  settled_at: number | null,
];

/** Runs a query of `COLUMNS`. Rows come as lists: as objects they take more than twice the time (measured). */
export function readRows(
  sql: SqlStorage,
  query: string,
  ...bindings: readonly SqlStorageValue[]
): PlanRow[] {
  return Array.from(
    sql.exec(query, ...bindings).raw<Values>(),
    ([seq, scope, id, version, clause, dueAt, state, tries, disposition, cursor, settledAt]) => ({
      seq,
      scope,
      id,
      version,
      clause,
      due_at: dueAt,
      state,
      tries,
      disposition,
      cursor,
      settled_at: settledAt,
    }),
  );
}

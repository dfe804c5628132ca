import type { Threshold } from "../../core/rule/due.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { PlannedRef, Turn, VersionedRef } from "../source.ts";
import { ask, MISSING_ROW, type Asking } from "./query.ts";
import { isIdle, type SessionTable } from "./session_table.ts";
import type { Condition } from "./session_table.ts";

// A removal is one transaction that also writes its own record: a row of `removal_batches` with the
// numbers it removed. The primary key is the fence: a batch that was resolved cannot run any more.

/** Characters of all keys in one removal: a bound parameter may hold 2 MB, in UTF-8. */
const MOST_KEY_CHARACTERS = 600_000;

/** Answered for a batch that removed every one of its sessions. */
const ALL = "all";

/** A resolved batch that did not run keeps its fence this long, in milliseconds. */
const FENCE_MS = 24 * 60 * 60 * 1000;

/** What a removal did, by the planned number. */
export interface Removed {
  readonly seqs: ReadonlySet<number> | "all";
  /** Still there, and not as planned. */
  readonly still: ReadonlySet<number>;
  /** Of these: left for what they have made. */
  readonly waiting: ReadonlySet<number>;
  /** How long the slowest statement took, in milliseconds. */
  readonly ms: number;
}

// The keys travel as {"<scope>":{"<version>":{"<id>":<seq>}}}: json_each then reads whole texts and
// numbers, and no row has to be parsed again (a quarter of the time of the removal, measured).
const REFS = "FROM json_each(?1) AS g, json_each(g.value) AS v, json_each(v.value) AS j";

/** How many of the references, from the first, one removal can carry. */
export function countFitting(refs: readonly PlannedRef[]): number {
  let characters = 0;
  const tooMany = refs.findIndex(({ scope, id }) => {
    characters += scope.length + id.length + 50;
    return characters > MOST_KEY_CHARACTERS;
  });
  return tooMany === -1 ? refs.length : Math.max(1, tooMany);
}

/**
 * What must be true of a row `s`, planned as number `j.value`, besides its version. Null thresholds: the version alone decides. With lines a row goes with the last of its own: all of these must
 * have their versions, and be idle, and the last must be due.
 */
export function conditionOf(
  table: SessionTable,
  thresholds: readonly Threshold[] | null,
  lines: ReadonlyMap<number, readonly VersionedRef[]> | undefined,
): Condition {
  if (thresholds === null) {
    return { sql: "1", binds: [] };
  }
  const clauses = thresholds.filter(({ clock }) => table.indexes[clock] !== undefined);
  const isDue = (alias: string): string =>
    `(${["0", ...clauses.map(({ clock }) => `${alias}.${clock} <= ?`)].join(" OR ")})`;
  const binds = clauses.map(({ at }) => at);
  if (lines === undefined) {
    return { sql: `${isDue("s")} AND ${isIdle(table)}`, binds };
  }
  const { name, scope, id } = table;
  const listed = [...lines].flatMap(([seq, line]) =>
    line.map((one, place) => [
      seq,
      one.scope,
      one.id,
      one.version,
      Number(place === line.length - 1),
    ]),
  );
  // What is not true, and not only what is false, keeps a row: a clock may be null.
  return {
    sql: `${isIdle(table)} AND j.value NOT IN (
      SELECT l.value ->> 0 FROM json_each(?) AS l
      LEFT JOIN ${name} AS up ON up.${scope} = l.value ->> 1 AND up.${id} = l.value ->> 2
      WHERE up.version IS NOT l.value ->> 3 OR (${isIdle(table)}) IS NOT TRUE
        OR (l.value ->> 4 AND ${isDue("up")} IS NOT TRUE))`,
    binds: [JSON.stringify(listed), ...binds],
  };
}

/**
 * Removes, in one transaction, the sessions that are still as planned, and what depends on them. `waits` is true of a row that is left for what it has made. A batch id that is known already removes nothing and throws.
 */
export async function removeBatch(
  { db, table, turn }: Asking,
  refs: readonly PlannedRef[],
  due: Condition,
  waits: string,
  batch: string,
  forget: readonly string[],
  now: number,
): Promise<Result<Removed, Fault>> {
  const keys = writeRefs(refs);
  const { name, scope, id } = table;
  const doomed = `(SELECT g.key, j.key ${REFS} WHERE j.value IN
    (SELECT r.value FROM removal_batches, json_each(removed) AS r WHERE batch_id = ?2))`;
  const statements = [
    db
      .prepare(
        `INSERT INTO removal_batches (batch_id, removed, created_at)
         SELECT ?2, json_group_array(j.value), ?3 ${REFS}
         CROSS JOIN ${name} AS s ON s.${scope} = g.key AND s.${id} = j.key
         WHERE s.version = CAST(v.key AS INTEGER) AND ${due.sql} AND NOT ${waits}
         RETURNING CASE WHEN json_array_length(removed) = ${refs.length} THEN '${ALL}' ELSE removed END AS removed`,
      )
      .bind(keys, batch, now, ...due.binds),
    ...[...table.dependents, name].map((from) =>
      db.prepare(`DELETE FROM ${from} WHERE (${scope}, ${id}) IN ${doomed}`).bind(keys, batch),
    ),
    db
      .prepare(
        `SELECT json_group_array(j.value) AS still,
           json_group_array(j.value) FILTER (WHERE ${waits}) AS waiting ${REFS} CROSS JOIN ${name} AS s ON s.${scope} = g.key AND s.${id} = j.key
         WHERE (SELECT json_array_length(removed) < ${refs.length} FROM removal_batches WHERE batch_id = ?2)`,
      )
      .bind(keys, batch),
    ...(forget.length === 0
      ? []
      : [
          db
            .prepare(
              `DELETE FROM removal_batches
               WHERE batch_id IN (SELECT value FROM json_each(?)) AND removed <> '[]'`,
            )
            .bind(JSON.stringify(forget)),
        ]),
  ];
  const leftAt = table.dependents.length + 2;
  const asked = await ask(turn, statements.length, async () =>
    db.batch<{ removed?: string; still?: string; waiting?: string }>(statements),
  );
  if (!asked.ok) {
    return asked;
  }
  const removed = asked.value[0]?.results[0]?.removed;
  const { still, waiting } = asked.value[leftAt]?.results[0] ?? {};
  if (removed === undefined || still === undefined || waiting === undefined) {
    return MISSING_ROW;
  }
  return ok({
    seqs: removed === ALL ? "all" : new Set(numbersOf(removed)),
    still: new Set(numbersOf(still)),
    waiting: new Set(numbersOf(waiting)),
    ms: Math.max(...asked.value.map(({ meta }) => meta.duration)),
  });
}

function numbersOf(json: string): number[] {
  return JSON.parse(json) as number[];
}

/** What a batch removed, by number. One that has not run by now never will. */
export async function resolveBatch(
  db: D1Database,
  batch: string,
  now: number,
  turn: Turn,
): Promise<Result<readonly number[], Fault>> {
  const asked = await ask(turn, 2, async () =>
    db.batch<{ removed: string }>([
      db
        .prepare(
          "INSERT OR IGNORE INTO removal_batches (batch_id, removed, created_at) VALUES (?, '[]', ?)",
        )
        .bind(batch, now),
      db.prepare("SELECT removed FROM removal_batches WHERE batch_id = ?").bind(batch),
    ]),
  );
  if (!asked.ok) {
    return asked;
  }
  const removed = asked.value[1]?.results[0]?.removed;
  return removed === undefined ? MISSING_ROW : ok(numbersOf(removed));
}

/**
 * Drops the record of a batch. A fence stays for a day: the call that it fences off may still be on its
 * way to the database.
 */
export async function dropBatch(
  db: D1Database,
  batch: string,
  now: number,
  turn: Turn,
): Promise<Result<void, Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `DELETE FROM removal_batches
         WHERE (batch_id = ? AND removed <> '[]') OR (removed = '[]' AND created_at < ?)`,
      )
      .bind(batch, now - FENCE_MS)
      .run(),
  );
  return asked.ok ? ok(undefined) : asked;
}

/** Written by hand: an object with a key like `__proto__` would lose it. */
function writeRefs(refs: readonly PlannedRef[]): string {
  const scopes = new Map<string, Map<number, string[]>>();
  for (const { scope, version, id, seq } of refs) {
    const versions = scopes.get(scope) ?? new Map<number, string[]>();
    scopes.set(scope, versions);
    const entries = versions.get(version) ?? [];
    versions.set(version, entries);
    entries.push(`${JSON.stringify(id)}:${seq}`);
  }
  const written = [...scopes].map(([scope, versions]) => {
    const inner = [...versions].map(([version, entries]) => `"${version}":{${entries.join(",")}}`);
    return `${JSON.stringify(scope)}:{${inner.join(",")}}`;
  });
  return `{${written.join(",")}}`;
}

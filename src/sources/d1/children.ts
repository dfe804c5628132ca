import { parseJson } from "../../core/values/json.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import type { Turn } from "../source.ts";
import { hasSharedMode } from "../session_mode.ts";
import { ask } from "./query.ts";
import { bareColumns, bareSession, type Row, type SessionTable } from "./session_table.ts";

/** Rows of one page: their metadata must fit the memory. */
const PAGE = 200;

/** Descendants that one statement tells of, bare; parents that have more of them stay. */
const MOST_MADE = 10_000;

/** Parents that one statement asks about. */
const PARENTS = 200;

/** True of a row, by its alias, that has made sessions of whatever kind. */
export function hasMade({ name, scope, id, parent }: SessionTable, alias: string): string {
  return parent === null
    ? "0"
    : `EXISTS (SELECT 1 FROM ${name} AS c INDEXED BY ${parent.index}
         WHERE c.${parent.scope} = ${alias}.${scope} AND c.${parent.id} = ${alias}.${id})`;
}

/** True of a row, by its alias, that has made a session which names nobody. */
export function hasNamelessChild(
  { name, scope, id, parent }: SessionTable,
  config: SourceConfig,
  alias: string,
): string {
  return parent === null
    ? "0"
    : `EXISTS (SELECT 1 FROM ${name} AS c INDEXED BY ${parent.index}
         WHERE c.${parent.scope} = ${alias}.${scope} AND c.${parent.id} = ${alias}.${id}
           AND ${parent.isNameless(config, "c")})`;
}

/** True of a row, by its alias, whose line of makers ends in one that is there, or passes one that may name somebody. */
export function hasLivingLine(
  { name, scope, id, parent }: SessionTable,
  config: SourceConfig,
  alias: string,
): string {
  return parent === null
    ? "0"
    : `EXISTS (
         WITH RECURSIVE up (scope, id) AS (
           SELECT ${alias}.${parent.scope}, ${alias}.${parent.id}
           UNION
           SELECT u.${parent.scope}, u.${parent.id} FROM up
           JOIN ${name} AS u ON u.${scope} = up.scope AND u.${id} = up.id)
         SELECT 1 FROM up JOIN ${name} AS a ON a.${scope} = up.scope AND a.${id} = up.id
         WHERE a.${parent.id} IS NULL OR NOT json_valid(a.record) OR NOT (${parent.isNameless(config, "a")}))`;
}

/** Which of these parents have made a session that names nobody and stays, over any number of generations. */
export async function whoseChildrenStay(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  parents: readonly SessionRef[],
  stays: (made: Session) => boolean,
  turn: Turn,
): Promise<Result<ReadonlySet<number>, Fault>> {
  const found = new Set<number>();
  for (let from = 0; from < parents.length; from += PARENTS) {
    const some = parents.slice(from, from + PARENTS);
    const made = await listMade(db, table, config, some, turn);
    if (!made.ok) {
      return made;
    }
    const isCut = made.value.length === MOST_MADE;
    for (const place of isCut
      ? some.keys()
      : made.value.filter(({ session }) => stays(session)).map(({ root }) => root)) {
      found.add(from + place);
    }
  }
  return ok(found);
}

/** What these parents have made and names nobody, bare, each with the place of its parent. */
async function listMade(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  parents: readonly SessionRef[],
  turn: Turn,
): Promise<Result<readonly { readonly root: number; readonly session: Session }[], Fault>> {
  const { name, scope, id, parent } = table;
  if (parent === null) {
    return ok([]);
  }
  const child = `${name} AS c INDEXED BY ${parent.index}`;
  const nameless = parent.isNameless(config, "c");
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `WITH RECURSIVE made (root, in_scope, of_id) AS (
           SELECT j.key, c.${scope}, c.${id} FROM json_each(?1) AS j CROSS JOIN ${child}
           WHERE c.${parent.scope} = j.value ->> 0 AND c.${parent.id} = j.value ->> 1 AND ${nameless}
           UNION
           SELECT m.root, c.${scope}, c.${id} FROM made AS m CROSS JOIN ${child}
           WHERE c.${parent.scope} = m.in_scope AND c.${parent.id} = m.of_id AND ${nameless})
         SELECT made.root, ${bareColumns(table)} FROM made CROSS JOIN ${name}
         WHERE ${scope} = made.in_scope AND ${id} = made.of_id LIMIT ${MOST_MADE}`,
      )
      .bind(JSON.stringify(parents.map((one) => [one.scope, one.id])))
      .all<Row>(),
  );
  return asked.ok
    ? ok(
        asked.value.results.map((row) => ({
          root: Number(row["root"]),
          session: bareSession(table, row),
        })),
      )
    : asked;
}

/** Sessions that one has made, by their index, in the order of their keys. */
export async function listChildren(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
  parent: SessionRef,
  after: SessionRef | null,
  turn: Turn,
): Promise<Result<readonly Session[], Fault>> {
  const { name, scope, id, parent: columns } = table;
  if (columns === null) {
    return ok([]);
  }
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT ${bareColumns(table)}, ${table.columns} FROM ${name} INDEXED BY ${columns.index}
         WHERE ${columns.scope} = ? AND ${columns.id} = ? AND (${scope}, ${id}) > (?, ?)
         ORDER BY ${scope}, ${id} LIMIT ${PAGE}`,
      )
      .bind(parent.scope, parent.id, after?.scope ?? "", after?.id ?? "")
      .all<Row>(),
  );
  return asked.ok ? ok(asked.value.results.map((row) => table.toSession(row, config))) : asked;
}

/**
 * Whether sessions made by an agent's sub-agents may serve several people: a sub-agent tool of mode
 * `agent_scoped` lets any session of the agent resume the same child. An unknown agent says yes.
 */
export async function sharesChildren(
  db: D1Database,
  agent: string,
  turn: Turn,
): Promise<Result<boolean, Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare("SELECT record FROM agents WHERE agent_key = ?")
      .bind(agent)
      .first<{ record: string }>(),
  );
  return asked.ok ? ok(asked.value === null || isShared(asked.value.record)) : asked;
}

/** Unreadable is unknown, and unknown is yes. */
function isShared(record: string): boolean {
  const read = parseJson(record);
  return !read.ok || hasSharedMode(read.value);
}

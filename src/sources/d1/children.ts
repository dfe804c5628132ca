import { parseJson } from "../../core/values/json.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../fault.ts";
import type { SourceConfig } from "../provider.ts";
import { hasSharedMode } from "../session_mode.ts";
import { askFirst, askRows, type Asking } from "./query.ts";
import { bareColumns, bareSession, textOf, type Row, type SessionTable } from "./session_table.ts";

/** Rows of one page: their metadata must fit the memory. */
const PAGE = 200;

/** Descendants that one statement tells of, bare; parents that have more of them stay. */
const MOST_MADE = 10_000;

/** Parents that one statement asks about. */
const PARENTS = 200;

/** True of a row, by its alias, that has made sessions: of whatever kind, or such as the condition says of `c`. */
export function hasMade(
  { name, scope, id, parent }: SessionTable,
  alias: string,
  of = "1",
): string {
  return parent === null
    ? "0"
    : `EXISTS (SELECT 1 FROM ${name} AS c INDEXED BY ${parent.index}
         WHERE c.${parent.scope} = ${alias}.${scope} AND c.${parent.id} = ${alias}.${id} AND ${of})`;
}

/** True of a row, by its alias, that has made a session which names nobody. */
export function hasNamelessChild(table: SessionTable, config: SourceConfig, alias: string): string {
  return hasMade(table, alias, table.parent?.isNameless(config, "c"));
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
  asking: Asking,
  parents: readonly SessionRef[],
  stays: (made: Session) => boolean,
): Promise<Result<ReadonlySet<number>, Fault>> {
  const found = new Set<number>();
  for (let from = 0; from < parents.length; from += PARENTS) {
    const some = parents.slice(from, from + PARENTS);
    const made = await listMade(asking, some);
    if (!made.ok) {
      return made;
    }
    const isCut = made.value.length === MOST_MADE;
    for (const place of isCut
      ? some.keys()
      : made.value
          .filter((row) => stays(bareSession(asking.table, row)))
          .map((row) => Number(row["root"]))) {
      found.add(from + place);
    }
  }
  return ok(found);
}

/** What these parents have made and names nobody, bare, each with the place of its parent as `root`. */
async function listMade(
  asking: Asking,
  parents: readonly SessionRef[],
): Promise<Result<readonly Row[], Fault>> {
  const { table, config } = asking;
  const { name, scope, id, parent } = table;
  if (parent === null) {
    return ok([]);
  }
  const child = `${name} AS c INDEXED BY ${parent.index}`;
  const nameless = parent.isNameless(config, "c");
  return askRows(
    asking,
    `WITH RECURSIVE made (root, in_scope, of_id) AS (
       SELECT j.key, c.${scope}, c.${id} FROM json_each(?1) AS j CROSS JOIN ${child}
       WHERE c.${parent.scope} = j.value ->> 0 AND c.${parent.id} = j.value ->> 1 AND ${nameless}
       UNION
       SELECT m.root, c.${scope}, c.${id} FROM made AS m CROSS JOIN ${child}
       WHERE c.${parent.scope} = m.in_scope AND c.${parent.id} = m.of_id AND ${nameless})
     SELECT made.root, ${bareColumns(table)} FROM made CROSS JOIN ${name}
     WHERE ${scope} = made.in_scope AND ${id} = made.of_id LIMIT ${MOST_MADE}`,
    JSON.stringify(parents.map((one) => [one.scope, one.id])),
  );
}

/** Sessions that one has made, by their index, in the order of their keys. */
export async function listChildren(
  asking: Asking,
  parent: SessionRef,
  after: SessionRef | null,
): Promise<Result<readonly Session[], Fault>> {
  const { table, config } = asking;
  const { name, scope, id, parent: columns } = table;
  if (columns === null) {
    return ok([]);
  }
  const asked = await askRows(
    asking,
    `SELECT ${bareColumns(table)}, ${table.columns} FROM ${name} INDEXED BY ${columns.index}
     WHERE ${columns.scope} = ? AND ${columns.id} = ? AND (${scope}, ${id}) > (?, ?)
     ORDER BY ${scope}, ${id} LIMIT ${PAGE}`,
    parent.scope,
    parent.id,
    after?.scope ?? "",
    after?.id ?? "",
  );
  return asked.ok ? ok(asked.value.map((row) => table.toSession(row, config))) : asked;
}

/**
 * Whether sessions made by an agent's sub-agents may serve several people: a sub-agent tool of mode
 * `agent_scoped` lets any session of the agent resume the same child. Unknown and unreadable are yes.
 */
export async function sharesChildren(
  asking: Asking,
  agent: string,
): Promise<Result<boolean, Fault>> {
  const asked = await askFirst(asking, "SELECT record FROM agents WHERE agent_key = ?", agent);
  if (!asked.ok) {
    return asked;
  }
  const record = parseJson(asked.value === null ? "" : textOf(asked.value["record"]));
  return ok(!record.ok || hasSharedMode(record.value));
}

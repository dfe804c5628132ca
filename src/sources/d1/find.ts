import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { FoundScopes } from "../source.ts";
import { askFirst, MISSING_ROW, type Asking } from "./query.ts";

/** Scopes that are looked through for one id: some milliseconds. */
export const MOST_SCOPES = 5000;

/** The scopes that have a session of an id, by the primary key: one by one all that there are, or the given ones. */
export async function findScopes(
  asking: Asking,
  id: string,
  scopes: readonly string[] | null,
): Promise<Result<FoundScopes, Fault>> {
  const { table } = asking;
  const least = `SELECT min(${table.scope}) FROM ${table.name}`;
  const among =
    scopes === null
      ? `SELECT (${least}), 1
         UNION ALL SELECT (${least} WHERE ${table.scope} > among.name), no + 1
         FROM among WHERE among.name IS NOT NULL AND no <= ?2`
      : "SELECT value, key + 1 FROM json_each(?3) WHERE key <= ?2";
  const asked = await askFirst(
    asking,
    `WITH RECURSIVE among (name, no) AS (${among})
     SELECT count(among.name) AS seen,
       json_group_array(among.name) FILTER (WHERE s.${table.id} IS NOT NULL) AS found
     FROM among LEFT JOIN ${table.name} AS s
       ON s.${table.scope} = among.name AND s.${table.id} = ?1 AND among.no <= ?2`,
    id,
    MOST_SCOPES,
    ...(scopes === null ? [] : [JSON.stringify(scopes)]),
  );
  if (!asked.ok) {
    return asked;
  }
  const { seen, found } = asked.value ?? {};
  return typeof seen === "number" && typeof found === "string"
    ? ok({ scopes: JSON.parse(found) as string[], is_whole: seen <= MOST_SCOPES })
    : MISSING_ROW;
}

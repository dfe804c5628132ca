import type { Rule } from "../../core/rule/due.ts";
import { matchesGlob } from "../../core/values/glob.ts";
import { ok, type Result } from "../../core/values/result.ts";
import { writeCursor } from "../cursor.ts";
import type { Fault } from "../fault.ts";
import type { SelectsPage } from "../source.ts";
import { readPosition } from "./cursor.ts";
import { metadataOf } from "./forecast.ts";
import { MOST_SCOPES } from "./find.ts";
import { askFirst, MISSING_ROW, type Asking } from "./query.ts";
import { EACH_ROW } from "./select_all.ts";
import type { Condition } from "./session_table.ts";
import { all, countWindow } from "./walk.ts";

/** Scopes, and how many rows, or scopes, were looked at to find them. */
interface FoundAmong {
  readonly scopes: readonly string[];
  readonly looked_at: number;
}

/**
 * Whether a rule's `match` selects any session: by scope alone the scopes are asked for one by one, as the primary
 * key has them; by metadata the rows are read, window by window.
 */
export async function selects(
  asking: Asking,
  rule: Rule,
  cursor: string | null,
): Promise<Result<SelectsPage, Fault>> {
  const metadata = metadataOf(asking.table, rule);
  const page =
    metadata.length === 0
      ? await nextScopes(asking, cursor)
      : await scopesWith(asking, all(metadata), cursor);
  if (!page.ok) {
    return page;
  }
  const { scopes, looked_at: lookedAt, next } = page.value;
  const patterns = rule.scopes;
  const any =
    patterns === null
      ? scopes.length > 0
      : scopes.some((scope) => patterns.some((pattern) => matchesGlob(pattern, scope)));
  return ok({ any, holds_some: lookedAt > 0, next });
}

type FoundPage = Result<FoundAmong & { readonly next: string | null }, Fault>;

/** The next scopes that hold a session, each found by one look into the primary key. */
async function nextScopes(asking: Asking, cursor: string | null): Promise<FoundPage> {
  const position = readPosition(cursor);
  if (!position.ok) {
    return position;
  }
  const { name, scope } = asking.table;
  const least = `SELECT min(${scope}) FROM ${name} WHERE ${scope} >`;
  const found = await foundAmong(
    asking,
    `WITH RECURSIVE among (name) AS (SELECT (${least} ?1)
       UNION ALL SELECT (${least} among.name) FROM among WHERE among.name IS NOT NULL LIMIT ?2)
     SELECT count(name) AS looked_at, json_group_array(name) FILTER (WHERE name IS NOT NULL) AS scopes
     FROM among`,
    position.value.after?.scope ?? "",
    MOST_SCOPES,
  );
  if (!found.ok) {
    return found;
  }
  const last = found.value.scopes.at(-1);
  const isLast = last === undefined || found.value.looked_at < MOST_SCOPES;
  const next = isLast
    ? null
    : writeCursor({ stretch: 0, after: { at: null, scope: last, id: "" } });
  return ok({ ...found.value, next });
}

/** The scopes of one window's rows that meet a condition. */
async function scopesWith(
  asking: Asking,
  condition: Condition,
  cursor: string | null,
): Promise<FoundPage> {
  const { scope } = asking.table;
  const window = await countWindow(asking, EACH_ROW, cursor, async ({ sql, binds }) =>
    foundAmong(
      asking,
      `SELECT count(*) AS looked_at,
         json_group_array(DISTINCT ${scope}) FILTER (WHERE ${condition.sql}) AS scopes ${sql}`,
      ...condition.binds,
      ...binds,
    ),
  );
  if (!window.ok) {
    return window;
  }
  const { found, next } = window.value;
  return ok({ ...(found ?? { scopes: [], looked_at: 0 }), next });
}

async function foundAmong(
  asking: Asking,
  sql: string,
  ...binds: readonly (string | number)[]
): Promise<Result<FoundAmong, Fault>> {
  const asked = await askFirst(asking, sql, ...binds);
  if (!asked.ok) {
    return asked;
  }
  const { looked_at: lookedAt, scopes } = asked.value ?? {};
  return typeof lookedAt === "number" && typeof scopes === "string"
    ? ok({ looked_at: lookedAt, scopes: JSON.parse(scopes) as string[] })
    : MISSING_ROW;
}

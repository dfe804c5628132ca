import type { SessionRef } from "../../core/session.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Fault } from "../fault.ts";
import type { Turn } from "../source.ts";
import { ask } from "./query.ts";
import type { SessionTable } from "./session_table.ts";

/** How many of these sessions are in the store now. */
export async function countPresent(
  db: D1Database,
  table: SessionTable,
  refs: readonly SessionRef[],
  turn: Turn,
): Promise<Result<number, Fault>> {
  const asked = await ask(turn, 1, async () =>
    db
      .prepare(
        `SELECT count(*) AS n FROM json_each(?) AS j
         CROSS JOIN ${table.name} AS s ON s.${table.scope} = j.value ->> 0 AND s.${table.id} = j.value ->> 1`,
      )
      .bind(JSON.stringify(refs.map(({ scope, id }) => [scope, id])))
      .first<number>("n"),
  );
  return asked.ok ? ok(asked.value ?? 0) : asked;
}

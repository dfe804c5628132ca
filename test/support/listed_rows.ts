import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createId } from "../../src/core/values/id.ts";

// More of each than a page looks at, so that what a filter costs shows.

/** Rows of each list. */
export const MANY = 12_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
export const NOW = START + MANY * HOUR;
export const at = (n: number): number => START + n * HOUR;
export const bytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const idsOf = (prefix: "swp" | "ers" | "hld" | "act"): string[] =>
  Array.from({ length: MANY }, (_, n) => createId(prefix, at(n), bytes));
export const SWEEPS = idsOf("swp");
export const ERASURES = idsOf("ers");
export const HOLDS = idsOf("hld");
export const ACTIVITY = idsOf("act");

/** Uses the storage of the Registrar. */
export const run = async <T>(use: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(env.REGISTRAR.getByName("registrar"), (_instance, { storage }) =>
    use(storage.sql),
  );

/** `n` is the row's place, from 0. */
const FROM = "FROM (SELECT value AS id, key AS n FROM json_each(?1))";

/** Fills the lists, anew. */
export async function fillLists(): Promise<void> {
  await run((sql) => {
    for (const table of ["sweeps", "erasures", "holds", "activity"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
    sql.exec(
      `INSERT INTO sweeps (id, policy, source, status, trigger, removed, report, created_at, ended)
       SELECT id, iif(n = 5, 'rare', 'p' || (n % 10)), iif(n % 4 = 0, 'agent_sessions', 'client_sessions'),
              iif(n = 7, 'failed', iif(n % 100 = 0, 'braked', 'completed')),
              iif(n % 50 = 0, 'preview', 'tick'), n % 20 = 0, json_object('id', id), 0, 1 ${FROM}`,
      JSON.stringify(SWEEPS),
    );
    sql.exec(
      `INSERT INTO erasures (id, status, ended, reference, identifiers, report, state, due_at)
       SELECT id, iif(n = 3, 'stalled', iif(n % 100 = 0, 'partial', 'completed')),
              n % 200 <> 0 AND n <> 3, iif(n % 6000 = 0, 'case-1', NULL), NULL,
              json_object('id', id), '{}', iif(n % 400 = 0, ?2, ?2 - 1) ${FROM}`,
      JSON.stringify(ERASURES),
      NOW,
    );
    sql.exec(
      `INSERT INTO holds (id, version, reference, hold, selector, target, ends_at, review_at, late, over_in)
       SELECT id, 1, iif(n % 5000 = 0, 'case-1', NULL), json_object('id', id), NULL, '{}',
              iif(n = 400, ?2, NULL), iif(n = 800, ?2 + 1, ?2), '{}', iif(n % 400 = 0, NULL, 2) ${FROM}`,
      JSON.stringify(HOLDS),
      NOW,
    );
    sql.exec(
      `INSERT INTO activity (id, at, actor, kind, object, code, for_good)
       SELECT id, 0, iif(n = 9, 'ben', 'anna'), iif(n % 100 = 0, 'hold.placed', 'policy.written'),
              iif(n % 3000 = 0, 'x', 'y'), NULL, 0 ${FROM}`,
      JSON.stringify(ACTIVITY),
    );
  });
}

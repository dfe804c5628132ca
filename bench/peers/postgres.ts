import { loadDefault } from "./load.ts";
import { startCluster } from "./postgres_cluster.ts";
import { measure, sessions, type PeerFill, type PeerResult } from "./sessions.ts";

interface Pool {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rowCount: number | null; rows: { n: string }[] }>;
  end(): Promise<void>;
}

interface Store {
  get(id: string, done: (error: unknown) => void): void;
  pruneSessions(done: (error: unknown) => void): void;
  close(): void;
}

const ROWS = 1000;
const BATCHED = `DELETE FROM session WHERE sid IN (
  SELECT sid FROM session WHERE expire < now() ORDER BY expire LIMIT ${ROWS} FOR UPDATE SKIP LOCKED)`;

/** connect-pg-simple's own pruning, and the batched loop that a careful operator writes. Null: no PostgreSQL. */
export async function postgres(fill: PeerFill): Promise<PeerResult[] | null> {
  const cluster = await startCluster();
  if (cluster === null) {
    return null;
  }
  try {
    return await runOn(cluster.url, fill);
  } finally {
    cluster.close();
  }
}

async function runOn(url: string, fill: PeerFill): Promise<PeerResult[]> {
  const session = await loadDefault<object>("express-session");
  const connect =
    await loadDefault<(session: object) => new (options: object) => Store>("connect-pg-simple");
  const { Pool } = await loadDefault<{ Pool: new (options: object) => Pool }>("pg");
  const pool = new Pool({ connectionString: url, max: 2 });
  const PgStore = connect(session);
  const store = new PgStore({ pool, pruneSessionInterval: false, createTableIfMissing: true });
  try {
    // The store makes its table when it is first asked for something.
    await called((done) => store.get("none", done));
    const left = async (): Promise<number> =>
      Number((await pool.query("SELECT count(*) AS n FROM session")).rows[0]?.n);
    await fillTable(pool, fill);
    const pruned = await measure(fill, {
      way: "PostgreSQL, connect-pg-simple: pruneSessions",
      isOneStatement: true,
      left,
      remove: () => called((done) => store.pruneSessions(done)),
    });
    await fillTable(pool, fill);
    let longest = 0;
    const batched = await measure(fill, {
      way: `PostgreSQL: DELETE of ${ROWS} at a time, SKIP LOCKED`,
      isOneStatement: false,
      left,
      async remove() {
        for (;;) {
          const from = performance.now();
          const { rowCount } = await pool.query(BATCHED);
          longest = Math.max(longest, performance.now() - from);
          if (rowCount === 0) {
            return;
          }
        }
      },
    });
    return [pruned, { ...batched, longest_ms: longest }];
  } finally {
    store.close();
    await pool.end();
  }
}

async function fillTable(pool: Pool, fill: PeerFill): Promise<void> {
  await pool.query("TRUNCATE session");
  let rows: (string | number)[][] = [];
  const flush = async (): Promise<void> => {
    await pool.query(
      `INSERT INTO session (sid, sess, expire)
       SELECT value ->> 0, (value ->> 1)::json, to_timestamp((value ->> 2)::float8 / 1000)
       FROM json_array_elements($1::json)`,
      [JSON.stringify(rows)],
    );
    rows = [];
  };
  for (const one of sessions(fill)) {
    rows.push([one.id, one.data, one.expires_at]);
    if (rows.length === ROWS) {
      await flush();
    }
  }
  if (rows.length > 0) {
    await flush();
  }
  await pool.query("VACUUM ANALYZE session");
  await pool.query("CHECKPOINT");
}

function called(ask: (done: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => {
      if (error === null || error === undefined) {
        resolve();
      } else {
        reject(error instanceof Error ? error : new Error("the store failed", { cause: error }));
      }
    });
  });
}

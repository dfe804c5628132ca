/** How the embedded store is filled: every n-th session due, ids without locality, about 400 bytes each. */
export interface Fill {
  readonly total: number;
  readonly due: number;
  readonly now: number;
  /** Every third of the sessions that are not due has no expiry. */
  readonly undated?: boolean;
}

const WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";
const ROWS = 5000;

/** Empties the table of client sessions and fills it again. */
export async function fillStore(db: D1Database, fill: Fill): Promise<{ rows: number }> {
  const { total } = fill;
  for (;;) {
    const { meta } = await db
      .prepare(`DELETE FROM client_sessions WHERE (workspace_id, client_session_id) IN (
           SELECT workspace_id, client_session_id FROM client_sessions LIMIT 10000)`)
      .run();
    if (meta.changes === 0) {
      break;
    }
  }
  for (let from = 0; from < total; from += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, total - from) }, (_, i) =>
      row(from + i, fill),
    );
    await db
      .prepare(
        `INSERT INTO client_sessions (workspace_id, client_session_id, created_at, expires_at,
           user_identifier_key, token_hash, token_sealed, record)
         SELECT '${WORKSPACE}', value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
         FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }
  return { rows: total };
}

/** The bare loop: DELETE batch after batch, nothing planned and nothing kept. */
export async function bareSweep(
  db: D1Database,
  { batch, now }: { batch: number; now: number },
): Promise<{ ms: number; removed: number; transactions: number; longest_ms: number }> {
  const from = Date.now();
  let removed = 0;
  let transactions = 0;
  let longest = 0;
  for (;;) {
    const { meta } = await db
      .prepare(
        `DELETE FROM client_sessions WHERE (workspace_id, client_session_id) IN (
           SELECT workspace_id, client_session_id FROM client_sessions
           WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
      )
      .bind(now, batch)
      .run();
    transactions += 1;
    longest = Math.max(longest, meta.duration);
    removed += meta.changes;
    if (meta.changes === 0) {
      return { ms: Date.now() - from, removed, transactions, longest_ms: longest };
    }
  }
}

function row(n: number, { total, due, now, undated }: Fill): (string | number | null)[] {
  const id = uuid(n);
  const isDue = Math.floor(((n + 1) * due) / total) > Math.floor((n * due) / total);
  const later = undated === true && n % 3 === 0 ? null : now + 2 * 86_400_000 + n;
  const expires = isDue ? now - 60_000 - (n % 1000) * 1000 : later;
  const created = now - 40 * 86_400_000 - (n % 7919) * 1000;
  const person = `user-${n % 50_000}`;
  return [
    id,
    created,
    expires,
    person,
    `0123abcd:${id}`,
    `0123abcd:${id}${id}`,
    JSON.stringify({
      client_session_id: id,
      workspace_id: WORKSPACE,
      created_at: new Date(created).toISOString(),
      expires_at: expires === null ? null : new Date(expires).toISOString(),
      user_identifier_key: person,
      connected_account_ids: [],
      connect_webview_ids: [],
      device_count: 0,
    }),
  ];
}

/** The id of the n-th session: a well-spread UUID: the same for the same number. */
export function uuid(n: number): string {
  let a = Math.imul(n + 1, 0x9e3779b1) >>> 0;
  let hex = "";
  for (let i = 0; i < 4; i++) {
    a = (Math.imul(a ^ (a >>> 15), 0x85ebca6b) + n) >>> 0;
    hex += a.toString(16).padStart(8, "0");
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

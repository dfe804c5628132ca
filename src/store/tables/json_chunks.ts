// A bound parameter holds at most 2 MB; half of that leaves room for what escaping adds.
const CHUNK_BYTES = 1_000_000;

/** Rows as JSON arrays, each small enough for one bound parameter. */
export function jsonChunks(rows: readonly unknown[]): string[] {
  const encoder = new TextEncoder();
  const chunks: string[] = [];
  let parts: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const json = JSON.stringify(row);
    const size = encoder.encode(json).length + 1;
    if (bytes + size > CHUNK_BYTES && parts.length > 0) {
      chunks.push(`[${parts.join(",")}]`);
      parts = [];
      bytes = 0;
    }
    parts.push(json);
    bytes += size;
  }
  return parts.length === 0 ? chunks : [...chunks, `[${parts.join(",")}]`];
}

/** Statements that insert whole rows, to be run in one batch: a key that is taken fails them all. */
export function prepareInserts<C extends string>(
  db: D1Database,
  table: string,
  columns: readonly C[],
  rows: readonly Readonly<Record<C, string | number | null>>[],
): D1PreparedStatement[] {
  const values = columns.map((_, place) => `value ->> ${place}`);
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?)`;
  return jsonChunks(rows.map((row) => columns.map((column) => row[column]))).map((json) =>
    db.prepare(sql).bind(json),
  );
}

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

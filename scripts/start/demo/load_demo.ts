import type { ApiClient } from "../client.ts";
import type { DemoRecord } from "./demo_data.ts";

/** Well under the import's own limit of 8 MiB. */
const REQUEST_BYTES = 1024 * 1024;

/** Loads records in requests of a bounded size; answers how many there were of each source. */
export async function loadRecords(
  records: readonly DemoRecord[],
  client: Pick<ApiClient, "importLines">,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  let lines: string[] = [];
  let size = 0;
  for (const record of records) {
    const line = JSON.stringify(record);
    const length = Buffer.byteLength(line) + 1;
    if (size + length > REQUEST_BYTES) {
      await client.importLines(lines);
      [lines, size] = [[], 0];
    }
    lines.push(line);
    size += length;
    counts[record.source] = (counts[record.source] ?? 0) + 1;
  }
  if (lines.length > 0) {
    await client.importLines(lines);
  }
  return counts;
}

import { isJsonObject } from "../answer.ts";

/** A record as it is stored; `unreadable` where it is not the JSON of an object. */
export type StoredRecord = Readonly<Record<string, unknown>> | "unreadable";

/** Reads a record, which a hand at the database may have spoiled. */
export function readRecord(text: string): StoredRecord {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : "unreadable";
  } catch {
    return "unreadable";
  }
}

/** A record in SQL, without a field where it is not JSON: so it fails no statement. */
export function jsonOf(column: string): string {
  return `CASE WHEN json_valid(${column}) THEN ${column} ELSE '{}' END`;
}

/** What is told where a record cannot be read; whose it is stays out. */
export class UnreadableRecord extends Error {
  override readonly name = "UnreadableRecord";
}

/** A record that is needed. Throws `UnreadableRecord`, which each caller answers in its own form. */
export function mustRead(record: StoredRecord): Exclude<StoredRecord, "unreadable"> {
  if (record === "unreadable") {
    throw new UnreadableRecord("a record that is asked for is not JSON");
  }
  return record;
}

/** The rows whose record can be read; `report` is told that there are others. */
export function readableOf<Row extends { readonly record: StoredRecord }>(
  rows: readonly Row[],
  report: (thrown: unknown) => void,
): readonly (Row & { readonly record: Exclude<Row["record"], "unreadable"> })[] {
  const readable = rows.filter(
    (row): row is Row & { readonly record: Exclude<Row["record"], "unreadable"> } =>
      row.record !== "unreadable",
  );
  if (readable.length < rows.length) {
    report(new UnreadableRecord("a list leaves out what is not JSON"));
  }
  return readable;
}

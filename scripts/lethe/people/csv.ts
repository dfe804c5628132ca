import { err, ok, type Result } from "../../../src/core/values/result.ts";

/** One record of a CSV file, and the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads CSV as RFC 4180 writes it, with commas. What is not that is refused with its line, and never
 * guessed at: a field that is cut in the wrong place names somebody else.
 */
export function readCsv(text: string): Result<readonly CsvRecord[], string> {
  const records: CsvRecord[] = [];
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const FIELD = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  let line = 1;
  let began = 1;
  let fields: string[] = [];
  for (let at = 0; at < source.length || fields.length > 0;) {
    FIELD.lastIndex = at;
    const [whole = "", quoted, bare = ""] = FIELD.exec(source) ?? [];
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    line += whole.split("\n").length - 1;
    at += whole.length;
    const end = /(,)|\r?\n|$/y;
    end.lastIndex = at;
    const ended = end.exec(source);
    if (ended === null) {
      return err(`line ${line}: a quotation mark or a line end stands where none may`);
    }
    at += ended[0].length;
    if (ended[1] === ",") {
      continue;
    }
    // A line with nothing on it is no record of one empty field.
    if (fields.length > 1 || whole !== "") {
      records.push({ line: began, fields });
    }
    line += ended[0] === "" ? 0 : 1;
    began = line;
    fields = [];
  }
  return ok(records);
}

/** The values of a column that the first line names, with their lines. */
export function columnOf(
  records: readonly CsvRecord[],
  name: string,
): Result<readonly { readonly line: number; readonly value: string }[], string> {
  const [head, ...rows] = records;
  const places = (head?.fields ?? []).flatMap((title, at) => (title === name ? [at] : []));
  const [place] = places;
  if (head === undefined || place === undefined || places.length > 1) {
    // The titles are not told: a file without a first line of titles has people there.
    return err(
      places.length === 0
        ? "no column has this title; the titles stand in the first line"
        : `the first line must name this column once; it names it ${places.length} times`,
    );
  }
  const odd = rows.find(({ fields }) => fields.length !== head.fields.length);
  if (odd !== undefined) {
    return err(
      `line ${odd.line}: it has ${odd.fields.length} fields, and the first line ${head.fields.length}`,
    );
  }
  return ok(rows.map(({ line, fields }) => ({ line, value: fields[place] ?? "" })));
}

/**
 * One line of CSV. A text that a spreadsheet would take for a formula begins with an apostrophe, and one that
 * some of them would part at a semicolon or a tab stands in quotation marks.
 */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => {
      if (typeof cell === "number") {
        return String(cell);
      }
      const text = /^(?:[\t\r]|\s*[=+\-@|%＝＋－＠])/.test(cell) ? `'${cell}` : cell;
      return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}

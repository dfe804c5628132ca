import { err, ok, type Result } from "../../core/values/result.ts";
import { decodeUtf8, readBytes } from "../../platform/bounded_body.ts";

/** The most an import may be, in bytes. */
export const IMPORT_MAX_BYTES = 8 * 1024 * 1024;

/** The most one line may be, in bytes. */
export const IMPORT_LINE_MAX_BYTES = 256 * 1024;

/** One line of an import; numbers begin at 1 and count blank lines. */
export interface ImportLine {
  readonly line: number;
  readonly text: string;
}

/** Why the lines could not be read. */
export type LineFault =
  | { readonly kind: "too_large"; readonly limit_bytes: number }
  | { readonly kind: "line_too_long"; readonly line: number; readonly limit_bytes: number }
  | {
      readonly kind: "malformed";
      readonly line: number;
      readonly field: string;
      readonly message: string;
    };

const NEWLINE = 10;

/** Reads JSON lines from a stream within the limits above. Blank lines are skipped. */
export async function readLines(
  body: ReadableStream<Uint8Array>,
): Promise<Result<readonly ImportLine[], LineFault>> {
  const bytes = await readBytes(body, IMPORT_MAX_BYTES);
  if (bytes === null) {
    return err({ kind: "too_large", limit_bytes: IMPORT_MAX_BYTES });
  }
  const lines: ImportLine[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    if (end - start > IMPORT_LINE_MAX_BYTES) {
      return err({ kind: "line_too_long", line, limit_bytes: IMPORT_LINE_MAX_BYTES });
    }
    const text = decodeUtf8(bytes.subarray(start, end));
    if (text === null) {
      return err({ kind: "malformed", line, field: "", message: "not UTF-8" });
    }
    if (text.trim() !== "") {
      lines.push({ line, text });
    }
    start = end + 1;
  }
  return ok(lines);
}

import { err, ok, type Result } from "../../core/values/result.ts";
import type { FieldError } from "../../core/values/field_error.ts";
import { decodeUtf8 } from "../../platform/bounded_body.ts";

/** The most an import may be, in bytes. */
export const IMPORT_MAX_BYTES = 8 * 1024 * 1024;

/** The most one line may be, in bytes. */
export const IMPORT_LINE_MAX_BYTES = 256 * 1024;

/** One line of an import; numbers begin at 1 and count blank lines. */
export interface ImportLine {
  readonly line: number;
  readonly text: string;
}

/** Why an import was refused: nothing of it is stored. */
export interface ImportFault {
  /** As the API calls it. */
  readonly code:
    | "invalid_request"
    | "payload_too_large"
    | "forbidden"
    | "session_exists"
    | "not_configured";
  /** Begins at 1; null: the import as a whole. */
  readonly line: number | null;
  /** Empty: the line as a whole. */
  readonly field: string;
  /** Ids and tokens of the line are not repeated. */
  readonly message: string;
}

/** A line that is no record, or one that cannot be stored, for what is wrong in a field. */
export function malformed(
  line: number,
  { field, message }: FieldError,
): Result<never, ImportFault> {
  return err({ code: "invalid_request", line, field, message });
}

const NEWLINE = 10;

/** Reads JSON lines. Blank ones are skipped. */
export function readLines(bytes: Uint8Array): Result<readonly ImportLine[], ImportFault> {
  const lines: ImportLine[] = [];
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    if (end - start > IMPORT_LINE_MAX_BYTES) {
      const message = `at most ${IMPORT_LINE_MAX_BYTES} bytes a line`;
      return err({ code: "payload_too_large", line, field: "", message });
    }
    const text = decodeUtf8(bytes.subarray(start, end));
    if (text === null) {
      return malformed(line, { field: "", message: "not UTF-8" });
    }
    if (text.trim() !== "") {
      lines.push({ line, text });
    }
    start = end + 1;
  }
  return ok(lines);
}

import type * as z from "zod";
import { err, ok, type Result } from "../core/values/result.ts";
import { invalid, type Fault } from "./fault.ts";

/** A cursor as text; the engine keeps it and hands it back unread. */
export function writeCursor(state: unknown): string {
  return JSON.stringify(state);
}

/** Reads a cursor back; one that another version wrote is a fault, and the walk begins again. */
export function readCursor<T extends z.ZodType>(
  text: string,
  schema: T,
): Result<z.output<T>, Fault> {
  try {
    return ok(schema.parse(JSON.parse(text)));
  } catch {
    // The reason would quote the text, which holds keys.
    return err(invalid("a cursor cannot be read: begin again"));
  }
}

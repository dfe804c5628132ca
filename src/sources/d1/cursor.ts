import * as z from "zod";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import type { Place } from "./walk.ts";

/** Where a walk goes on: in which of its stretches, after which row. */
export interface Position {
  readonly stretch: number;
  readonly after: Place | null;
}

const Cursor = z.tuple([
  z.int().min(0),
  z.tuple([z.number().nullable(), z.string(), z.string()]).nullable(),
]);

export function writeCursor({ stretch, after }: Position): string {
  return JSON.stringify([stretch, after === null ? null : [after.at, after.scope, after.id]]);
}

/** Reads a cursor of `writeCursor`; null is the beginning. */
export function readCursor(cursor: string | null): Result<Position, Fault> {
  if (cursor === null) {
    return ok({ stretch: 0, after: null });
  }
  const parsed = Cursor.safeParse(parse(cursor));
  if (!parsed.success) {
    return err({ kind: "invalid", detail: "the cursor is not one of the embedded store's" });
  }
  const [stretch, after] = parsed.data;
  return ok({
    stretch,
    after: after === null ? null : { at: after[0], scope: after[1], id: after[2] },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a cursor: the schema says so.
    return undefined;
  }
}

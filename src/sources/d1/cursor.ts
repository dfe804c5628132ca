import * as z from "zod";
import { ok, type Result } from "../../core/values/result.ts";
import { readCursor } from "../cursor.ts";
import type { Fault } from "../fault.ts";

/** A row's place in a stretch of an index. */
const Place = z.strictObject({ at: z.number().nullable(), scope: z.string(), id: z.string() });
export type Place = Readonly<z.output<typeof Place>>;

/** Where a walk goes on: in which of its stretches, after which row. */
const Position = z.strictObject({ stretch: z.int().min(0), after: Place.nullable() });
export type Position = Readonly<z.output<typeof Position>>;

/** Reads the cursor of a walk; null is the beginning. */
export function readPosition(cursor: string | null): Result<Position, Fault> {
  return cursor === null ? ok({ stretch: 0, after: null }) : readCursor(cursor, Position);
}

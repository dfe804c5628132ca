import { z } from "@hono/zod-openapi";
import { err, ok, type Result } from "../core/result.ts";

/** The query of every list: `?limit=1..100&cursor=`. */
export const PAGE_QUERY = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "write a whole number from 1 to 100")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20 }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_=.~-]{1,700}$/, "send the next_cursor of the page before")
    .optional(),
};

/** The same, of a list whose cursors are ids. */
export function idPageQuery(prefix: "swp" | "ers" | "hld") {
  const id = new RegExp(`^${prefix}_[0-9a-z]{26}$`);
  const cursor = z.string().regex(id, "send the next_cursor of the page before").optional();
  return { ...PAGE_QUERY, cursor };
}

export const DEFAULT_PAGE = 20;

/** The answer of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ data: z.array(item).readonly(), next_cursor: z.string().nullable() });
}

/** A component that may be null. `.nullable()` would make the component itself so, wherever it is used. */
export function orNull<T extends z.ZodType>(component: T) {
  return z.union([component, z.null()]);
}

/** A cursor that says where the next page begins. */
export function encodeCursor(after: string): string {
  return Buffer.from(after, "utf8").toString("base64url");
}

/** What `encodeCursor` was given; an error when the text is no cursor. */
export function decodeCursor(cursor: string): Result<string, "not_a_cursor"> {
  const after = Buffer.from(cursor, "base64url").toString("utf8");
  return encodeCursor(after) === cursor ? ok(after) : err("not_a_cursor");
}

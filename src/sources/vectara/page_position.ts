import * as z from "zod";
import { err, ok, type Result } from "../../core/values/result.ts";
import { invalid, type Fault } from "../fault.ts";
import { PageMetadata } from "./wire.ts";

/** Where a walk through the pages of one list stands. */
export const Position = z.strictObject({
  /** The key of the next page; null for the first. */
  key: z.string().nullable(),
  /** Pages read so far. */
  pages: z.int().min(0),
  /** A key seen before: meeting it again means that the pages go in a circle. */
  mark: z.string().nullable(),
});
export type Position = z.output<typeof Position>;

export const FIRST_PAGE: Position = { key: null, pages: 0, mark: null };

const MAX_KEY_LENGTH = 2000;

/**
 * The position after a page, or null at the end: a page key that is absent, null or empty. The mark moves
 * on at every power of two (Brent), so a circle of any length is found at the latest in its third round.
 */
export function advance(
  at: Position,
  pageKey: string | null | undefined,
  maxPages: number,
): Result<Position | null, Fault> {
  if (pageKey === null || pageKey === undefined || pageKey === "") {
    return ok(null);
  }
  const pages = at.pages + 1;
  if (pageKey === at.key || pageKey === at.mark) {
    return err(invalid("the pages of a list go in a circle: nothing of it is used"));
  }
  if (pageKey.length > MAX_KEY_LENGTH) {
    return err(invalid(`a page key is longer than ${MAX_KEY_LENGTH} characters`));
  }
  if (pages >= maxPages) {
    return err(invalid(`a list has more than ${maxPages} pages: it is taken for endless`));
  }
  const isPowerOfTwo = Number.isInteger(Math.log2(pages));
  return ok({ key: pageKey, pages, mark: isPowerOfTwo ? pageKey : at.mark });
}

/** Reads the key of the next page from what stands beside the rows of one. */
export function pageKeyOf(metadata: unknown): Result<string | null, Fault> {
  const parsed = PageMetadata.safeParse(metadata);
  return parsed.success ? ok(parsed.data?.page_key ?? null) : err(invalid("a page key is no text"));
}

/** The query of the page at a position. */
export function pageQuery(
  at: Position,
  limit: number,
  more: Readonly<Record<string, string>> = {},
): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit), ...more });
  if (at.key !== null) {
    query.set("page_key", at.key);
  }
  return query;
}

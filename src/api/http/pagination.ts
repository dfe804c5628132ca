import * as z from "zod";
import { deriveKeyring, type Keyring } from "../../core/values/hash.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { PageRequest } from "../../contract/registrar.ts";
import type { ApiContext } from "./context.ts";
import { invalidField } from "./problem.ts";
import { doc } from "../../core/values/doc.ts";

const CURSOR_RULE = "send the next_cursor of the page before";

/** The query of every list: `?limit=1..100&cursor=`. */
export const PAGE_QUERY = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "write a whole number from 1 to 100")
    .transform(Number)
    .optional()
    .meta(doc({ type: "integer", minimum: 1, maximum: 100, default: 20 })),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_=.~-]{1,700}$/, CURSOR_RULE)
    .optional(),
};

export const DEFAULT_PAGE = 20;

/** The answer of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ data: z.array(item).readonly(), next_cursor: z.string().nullable() });
}

/** The query of a list, as it was asked. */
export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Where the next page of a list begins, so that it tells nothing of what another key may see, and none can be made up. */
export function sealNext(c: ApiContext, list: string, next: string | null): string | null {
  return next === null
    ? null
    : encodeCursor(keysOf(c).seal(next, `cursor:${list}`, c.get("deps").random(12)));
}

/** The page that is asked for; null: its cursor is none of this list. */
export function openPage(
  c: ApiContext,
  list: string,
  { limit = DEFAULT_PAGE, cursor }: PageQuery,
): PageRequest | null {
  if (cursor === undefined) {
    return { limit, cursor: null };
  }
  const sealed = decodeCursor(cursor);
  const after = sealed.ok ? keysOf(c).open(sealed.value, `cursor:${list}`) : null;
  return after === null ? null : { limit, cursor: after };
}

/** Answers a cursor that is none of this list. */
export function refuseCursor(c: ApiContext) {
  return invalidField(c, "cursor", CURSOR_RULE);
}

/** Without LETHE_SECRET lists are read as well: the hashes of the keys are a secret, too. */
function keysOf(c: ApiContext): Keyring {
  const { keyring, api_keys: keys } = c.get("deps").config;
  return keyring ?? deriveKeyring(JSON.stringify(keys));
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

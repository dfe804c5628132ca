import * as z from "zod";

/** A filter that is ignored would answer everything, and a regular expression cannot be bounded. */
const unsupported = z
  .undefined("not supported by the embedded store: leave it out and match the rows yourself")
  .optional();

/** What every list takes; `place` is what its page key holds. */
export function pageQuery<T>(place: z.ZodType<T>) {
  return {
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, "a whole number from 1 to 100")
      .default("10")
      .transform(Number),
    page_key: z
      .string()
      .max(2000)
      .transform((text, context) => {
        const parsed = place.safeParse(decode(text));
        if (!parsed.success) {
          context.addIssue({ code: "custom", message: "not a page key of this list" });
          return z.NEVER;
        }
        return parsed.data;
      })
      .optional(),
    filter: unsupported,
    metadata_filter: unsupported,
  };
}

/** `true` or `false` in a query. */
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** The part of a list's answer that leads to the next page; without a place there is none. */
export function pageMetadata(place: unknown): { readonly page_key?: string } {
  if (place === null) {
    return {};
  }
  return { page_key: Buffer.from(JSON.stringify(place), "utf8").toString("base64url") };
}

/**
 * The rows of one page out of one row more than it holds, and the last of them when more follow.
 */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
): { readonly page: readonly Row[]; readonly last: Row | null } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? (page.at(-1) ?? null) : null };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    // Not a page key of ours: no schema takes undefined.
    return undefined;
  }
}

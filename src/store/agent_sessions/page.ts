import * as z from "zod";
import { unsupported } from "./fields.ts";
import { readableOf, type StoredRecord } from "../../sources/d1/stored_record.ts";

/** A filter that is ignored would answer everything, and a regular expression cannot be bounded. */
const filter = unsupported(
  "not supported by the embedded store: leave it out and match the rows yourself",
);

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
    filter,
    metadata_filter: filter,
  };
}

/** `true` or `false` in a query. */
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** The records of one page, out of one row more than it holds, and the key that leads to the next. */
export function cutPage<Row extends { readonly record: StoredRecord }>(
  rows: readonly Row[],
  limit: number,
  report: (thrown: unknown) => void,
  placeOf: (row: Row) => unknown,
) {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const metadata: { readonly page_key?: string } =
    last === undefined
      ? {}
      : { page_key: Buffer.from(JSON.stringify(placeOf(last)), "utf8").toString("base64url") };
  return { rows: readableOf(page, report), metadata };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    // Not a page key of ours: no schema takes undefined.
    return undefined;
  }
}

import * as z from "zod";
import { parseTimestamp } from "../../core/values/timestamp.ts";
import { docOf } from "../../core/values/doc.ts";

const DAY_MS = 86_400_000;

/** One end of a span of time in a query: a date in UTC, or a time. A date at its end is meant whole; the end is not included. */
export function endOfSpan(isUntil: boolean, description: string) {
  return z
    .string()
    .max(50)
    .transform((text, context) => {
      const isDate = z.iso.date().safeParse(text).success;
      const at = parseTimestamp(isDate ? `${text}T00:00:00Z` : text);
      if (at === null) {
        const message = "write a date such as 2026-11-26, or a time in RFC 3339";
        context.addIssue({ code: "custom", message });
        return z.NEVER;
      }
      const length = isDate ? DAY_MS : 1;
      return isUntil ? at + length : at;
    })
    .optional()
    .meta(docOf(() => ({ type: "string", description, example: "2026-11-26" })));
}

/** `?since=&until=` of a list: epoch milliseconds, the end not included. */
export const SPAN_QUERY = {
  since: endOfSpan(false, "Began at this time, or on this day in UTC, or later"),
  until: endOfSpan(true, "Began at this time, or on this day in UTC, or earlier"),
};

/** A filter that is on or left out. */
export function only(description: string) {
  return z
    .literal("true", { error: "write true, or leave it out" })
    .transform((): true => true)
    .optional()
    .meta(docOf(() => ({ type: "string", enum: ["true"], description })));
}

/** One of some names, or several: with commas between, or the parameter again. */
export function someOf<const Name extends string>(names: readonly [Name, ...Name[]]) {
  const message = `write some of ${names.join(", ")}, with commas between`;
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given, context) => {
      const asked = [given].flat().flatMap((text) => text.split(","));
      const known = names.filter((name) => asked.includes(name));
      if (!asked.every((one) => names.some((name) => name === one))) {
        context.addIssue({ code: "custom", message });
        return z.NEVER;
      }
      return known;
    })
    .optional()
    .meta(docOf(() => ({ type: "array", items: { type: "string", enum: [...names] } })));
}

import { after, before, parseDuration } from "../../src/core/values/duration.ts";
import { formatTimestamp, parseTimestamp } from "../../src/core/values/timestamp.ts";
import { Refusal } from "../start/arguments.ts";

/** A time ahead, written as a duration from now or as a time. */
export function timeOf(text: string, flag: string, now: number): string {
  return formatTimestamp(read(text, flag, (span) => after(now, span)));
}

/** A day back, written as a duration until now, a date or a time. */
export function dayOf(text: string, flag: string, now: number): string {
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  return formatTimestamp(read(date, flag, (span) => before(now, span))).slice(0, 10);
}

function read(
  text: string,
  flag: string,
  apply: (span: Parameters<typeof after>[1]) => number,
): number {
  const span = parseDuration(text);
  const at = span.ok ? apply(span.value) : parseTimestamp(text);
  if (at === null) {
    throw new Refusal(
      `${flag}: write a duration such as 7d, or a time such as 2026-01-31T12:00:00Z`,
    );
  }
  return at;
}

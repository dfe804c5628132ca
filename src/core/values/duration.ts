import { err, ok, type Result } from "./result.ts";

/** An ISO 8601 duration with calendar meaning: months and years are not a number of days. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

const ISO =
  /^P(?:(\d+)W|(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;
// No "m": peers read it as minutes or as months.
const SHORT = /^(\d+)(h|d|w)$/;
const MINUTES_OR_MONTHS = /^\d+m$/i;
const BARE_NUMBER = /^\d+$/;
const HUNDRED_YEARS_IN_DAYS = 36_525;
const DAY = 86_400_000;

/**
 * Reads `P30D`, `PT15M`, `P1Y6M`, `P2W`, or the short forms `30d`, `12h`, `2w`.
 * Anything else, bare numbers above all, is refused with a sentence that names the fix.
 */
export function parseDuration(text: string): Result<Duration, string> {
  const short = SHORT.exec(text);
  if (short !== null) {
    const n = Number(short[1]);
    return bounded({
      months: 0,
      days: short[2] === "h" ? 0 : short[2] === "w" ? n * 7 : n,
      ms: short[2] === "h" ? n * 3_600_000 : 0,
    });
  }
  const iso = ISO.exec(text);
  if (iso === null) {
    return err(explain(text));
  }
  const [weeks, years, months, days, hours, minutes, seconds] = iso
    .slice(1)
    .map((n) => Number(n ?? 0));
  return bounded({
    months: (years ?? 0) * 12 + (months ?? 0),
    days: (weeks ?? 0) * 7 + (days ?? 0),
    ms: (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000,
  });
}

/** The one spelling a duration is stored and answered in: parsing it again gives the same duration. */
export function formatDuration({ months, days, ms }: Duration): string {
  const years = Math.floor(months / 12);
  const date = part(years, "Y") + part(months % 12, "M") + part(days, "D");
  const seconds = Math.floor(ms / 1000);
  const time =
    part(Math.floor(seconds / 3600), "H") +
    part(Math.floor((seconds % 3600) / 60), "M") +
    part(seconds % 60, "S");
  if (date === "" && time === "") {
    return "PT0S";
  }
  return time === "" ? `P${date}` : `P${date}T${time}`;
}

/**
 * The time one duration before another, in the UTC calendar: a month back from the 31st is the last
 * day of the shorter month. Where months and days together could be taken off in two orders, the earlier
 * result counts: `after(x, duration) <= at` for every x up to it, so nothing is due before its time.
 */
export function before(at: number, duration: Duration): number {
  const rest = duration.days * DAY + duration.ms;
  return Math.min(
    shiftMonths(at, -duration.months) - rest,
    shiftMonths(at - rest, -duration.months),
  );
}

/** The time one duration after another, in the UTC calendar, clamped at the month's end. */
export function after(at: number, { months, days, ms }: Duration): number {
  return shiftMonths(at, months) + days * DAY + ms;
}

/**
 * Whether one duration takes as much off every time as another, whatever the months are; false where
 * that depends on them. Days are clamped at a month's end, which tells apart what differs by less than
 * three of them.
 */
export function isNoShorter(one: Duration, other: Duration): boolean {
  const [rest, least] = [one, other].map(({ days, ms }) => days * DAY + ms) as [number, number];
  if (one.months === other.months && one.months > 0) {
    return rest === least || rest >= least + 3 * DAY;
  }
  return (
    (one.months > other.months && rest >= least) ||
    one.months * 28 * DAY + rest >= other.months * 31 * DAY + least
  );
}

/** Whether a text is of a duration that is as long as another whatever the month. */
export function lasts(text: string, least: string): boolean {
  const [one, other] = [parseDuration(text), parseDuration(least)];
  return one.ok && other.ok && isNoShorter(one.value, other.value);
}

function shiftMonths(at: number, months: number): number {
  if (months === 0) {
    return at;
  }
  const from = new Date(at);
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
  const month = new Date(first);
  const lastDay = new Date(
    Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0),
  ).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  const timeOfDay = at - Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  return first + (day - 1) * DAY + timeOfDay;
}

function explain(text: string): string {
  if (MINUTES_OR_MONTHS.test(text)) {
    const n = text.slice(0, -1);
    return `not a duration: "m" could be minutes or months: write "PT${n}M" or "P${n}M"`;
  }
  const problem = BARE_NUMBER.test(text) ? "a number without a unit" : "not a duration";
  return `${problem}: write ISO 8601 such as "P30D" or "PT15M", or "30d", "12h"`;
}

function bounded(duration: Duration): Result<Duration, string> {
  const days = duration.months * (365.25 / 12) + duration.days + duration.ms / DAY;
  return days <= HUNDRED_YEARS_IN_DAYS ? ok(duration) : err("too long: at most P100Y");
}

function part(n: number, unit: string): string {
  return n === 0 ? "" : `${n}${unit}`;
}

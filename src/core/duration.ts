import { err, ok, type Result } from "./result.ts";

/** An ISO 8601 duration with calendar meaning: months and years are not a number of days. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

const ISO = /^P(?:(\d{1,6})W|(?=\d|T\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?)$/;
// No "m": peers read it as minutes or as months.
const SHORT = /^(\d{1,6})(h|d|w)$/;
const HUNDRED_YEARS_IN_DAYS = 36_525;

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
    return err('not a duration: write ISO 8601 such as "P30D" or "PT15M", or "30d", "12h"');
  }
  const [weeks, years, months, days, hours, minutes, seconds] = iso.slice(1).map((n) => Number(n ?? 0));
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
 * The moment one duration before another, in the UTC calendar: a month back from the 31st is the last
 * day of the shorter month.
 */
export function before(at: number, duration: Duration): number {
  return shift(at, duration, -1);
}

/** The moment one duration after another, in the UTC calendar, clamped at the month's end. */
export function after(at: number, duration: Duration): number {
  return shift(at, duration, 1);
}

function shift(at: number, { months, days, ms }: Duration, sign: 1 | -1): number {
  const rest = sign * (days * 86_400_000 + ms);
  if (months === 0) {
    return at + rest;
  }
  const from = new Date(at);
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + sign * months, 1);
  const month = new Date(first);
  const lastDay = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  const timeOfDay = at - Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  return first + (day - 1) * 86_400_000 + timeOfDay + rest;
}

function bounded(duration: Duration): Result<Duration, string> {
  const days = duration.months * (365.25 / 12) + duration.days + duration.ms / 86_400_000;
  return days <= HUNDRED_YEARS_IN_DAYS ? ok(duration) : err("too long: at most P100Y");
}

function part(n: number, unit: string): string {
  return n === 0 ? "" : `${n}${unit}`;
}

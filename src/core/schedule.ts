import { err, ok, type Result } from "./result.ts";

/** A five-field cron text in UTC: for each field the values it matches. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Day of month and weekday are both restricted: then either may match, as in cron. */
  readonly either_day: boolean;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const LAST_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads `minute hour day month weekday`. Weekdays are names only: Cloudflare counts them from 1 and
 * everybody else from 0, so a number would mean two days.
 */
export function parseSchedule(text: string): Result<Schedule, string> {
  const fields = text.trim().toLowerCase().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday) {
    return err('not a schedule: write five cron fields in UTC such as "0 3 * * *"');
  }
  if (/\d/.test(weekday.replaceAll(/\/\d+(?=,|$)/g, ""))) {
    return err('write weekdays as names: "MON", "MON-FRI", "SAT,SUN"');
  }
  const minutes = values(minute, 0, 59, []);
  const hours = values(hour, 0, 23, []);
  const days = values(day, 1, 31, []);
  const months = values(month, 1, 12, MONTHS);
  const weekdays = values(weekday, 0, 6, WEEKDAYS);
  if (minutes === null) {
    return err(misread("minute", minute, "0 to 59"));
  }
  if (hours === null) {
    return err(misread("hour", hour, "0 to 23"));
  }
  if (days === null) {
    return err(misread("day", day, "1 to 31"));
  }
  if (months === null) {
    return err(misread("month", month, "1 to 12 or JAN to DEC"));
  }
  if (weekdays === null) {
    return err(misread("weekday", weekday, "SUN to SAT"));
  }
  const eitherDay = !day.startsWith("*") && !weekday.startsWith("*");
  if (!eitherDay && ![...months].some((n) => (LAST_DAYS[n - 1] ?? 0) >= Math.min(...days))) {
    return err("this never comes: none of the months has one of the days");
  }
  return ok({ minutes, hours, days, months, weekdays, either_day: eitherDay });
}

/** Whether a schedule matches the minute of a tick, in UTC. */
export function isScheduled(schedule: Schedule, tick: number): boolean {
  const at = new Date(tick);
  const day = schedule.days.has(at.getUTCDate());
  const weekday = schedule.weekdays.has(at.getUTCDay());
  return (
    schedule.minutes.has(at.getUTCMinutes()) &&
    schedule.hours.has(at.getUTCHours()) &&
    schedule.months.has(at.getUTCMonth() + 1) &&
    (schedule.either_day ? day || weekday : day && weekday)
  );
}

function misread(name: string, field: string, range: string): string {
  return `the ${name} "${field}" is not understood: write *, ${range}, ranges from low to high, lists or steps`;
}

function values(
  field: string,
  low: number,
  high: number,
  names: readonly string[],
): Set<number> | null {
  const set = new Set<number>();
  for (const item of field.split(",")) {
    const match = /^(\*|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (match === null) {
      return null;
    }
    const [, whole, first, last, every] = match;
    const step = every === undefined ? 1 : Number(every);
    const from = whole === "*" ? low : numberOf(first ?? "", low, names);
    const until =
      whole === "*" || (last === undefined && every !== undefined)
        ? high
        : numberOf(last ?? first ?? "", low, names);
    if (from === null || until === null || step < 1 || from < low || until > high || from > until) {
      return null;
    }
    for (let n = from; n <= until; n += step) {
      set.add(n);
    }
  }
  return set;
}

function numberOf(text: string, low: number, names: readonly string[]): number | null {
  if (/^\d+$/.test(text)) {
    return Number(text);
  }
  const index = names.indexOf(text);
  return index === -1 ? null : index + low;
}

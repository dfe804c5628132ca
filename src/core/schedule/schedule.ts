import { Cron } from "croner";
import { err, ok, type Result } from "../values/result.ts";

/** A five-field cron text in one time zone. Read by croner, which starts no timer for it. */
export interface Schedule {
  readonly cron: Cron;
}

/** One field of a cron text: what it may say, and how that is explained. */
interface Field {
  readonly name: string;
  readonly item: RegExp;
  readonly range: string;
}

const NUMBER = /^(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?$/;
const NUMBER_OR_NAME = /^(\*|(\d{1,2}|[a-z]{3})(-(\d{1,2}|[a-z]{3}))?)(\/\d{1,2})?$/;
// Not SUN-SUN: one day or seven?
const NAME = /^(\*|(?!sun-sun)[a-z]{3}(-[a-z]{3})?)(\/\d{1,2})?$/;

const FIELDS: readonly Field[] = [
  { name: "minute", item: NUMBER, range: "0 to 59" },
  { name: "hour", item: NUMBER, range: "0 to 23" },
  { name: "day", item: NUMBER, range: "1 to 31" },
  { name: "month", item: NUMBER_OR_NAME, range: "1 to 12 or JAN to DEC" },
  { name: "weekday", item: NAME, range: "SUN to SAT" },
];

const UTC = "UTC";
// From wherever croner searches, it goes on until it has seen every kind of year.
const ANY_TIME = Date.UTC(2024, 0, 1);
const FAR_MS = Date.UTC(9000, 0, 1);

/**
 * Reads `minute hour day month weekday`, meant in a zone that `readZone` knows. Weekdays are names only:
 * Cloudflare counts them from 1 and everybody else from 0, so a number would mean two days.
 */
export function parseSchedule(text: string, zone: string = UTC): Result<Schedule, string> {
  const fields = text.trim().toLowerCase().split(/\s+/);
  if (fields.length !== FIELDS.length || fields.includes("")) {
    return err('not a schedule: write five cron fields such as "0 3 * * *"');
  }
  if (/\d/.test((fields[4] ?? "").replaceAll(/\/\d+(?=,|$)/g, ""))) {
    return err('write weekdays as names: "MON", "MON-FRI", "SAT,SUN"');
  }
  const misshapen = firstField(fields, (field, { item }) =>
    field.split(",").every((part) => item.test(part)),
  );
  const cron = misshapen === null ? readCron(fields, UTC) : null;
  if (cron === null) {
    const wrong = misshapen ?? firstField(fields, isInRange);
    return err(
      `the ${wrong?.name} "${wrong?.field}" is not understood: write *, ${wrong?.range}, ranges from low to high, lists or steps`,
    );
  }
  if (cron.nextRun(new Date(ANY_TIME)) === null) {
    return err("this never comes: none of the months has one of the days");
  }
  return ok({ cron: zone === UTC ? cron : openCron(fields, zone) });
}

/**
 * Whether a schedule has a minute after `after` and up to `until`, epoch milliseconds of whole minutes.
 * Where clocks go forward, a fixed hour that is skipped comes as soon as they have; where they go back, one
 * that comes twice counts once. Hours and minutes with `*` or steps follow the hours as they pass.
 */
export function fallsIn({ cron }: Schedule, after: number, until: number): boolean {
  if (!(after >= 0 && until < FAR_MS)) {
    return false;
  }
  const next = cron.nextRun(new Date(after));
  return next !== null && next.getTime() <= until;
}

/** The pause between the next two times of a schedule, milliseconds; null when there are no two. */
export function gapAfter({ cron }: Schedule, after: number): number | null {
  if (!(after >= 0 && after < FAR_MS)) {
    return null;
  }
  const [first, second] = cron.nextRuns(2, new Date(after));
  return first === undefined || second === undefined ? null : second.getTime() - first.getTime();
}

/** The time of a schedule that is so many times away, epoch milliseconds; null when there are not so many. */
export function nthAfter({ cron }: Schedule, times: number, after: number): number | null {
  if (!(after >= 0 && after < FAR_MS)) {
    return null;
  }
  return cron.nextRuns(times, new Date(after))[times - 1]?.getTime() ?? null;
}

/**
 * A name of the IANA database as it is stored, or null when there is none of this name. An offset is no
 * name: it knows no summer time.
 */
export function readZone(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) {
    return null;
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    // An older name of a zone stays as it was written: which of the two counts changes with the database.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      return null;
    }
    throw thrown;
  }
}

/** The first field that is not as it should be. */
function firstField(
  fields: readonly string[],
  isRight: (field: string, is: Field, index: number) => boolean,
): (Field & { readonly field: string }) | null {
  for (const [index, is] of FIELDS.entries()) {
    const field = fields[index] ?? "";
    if (!isRight(field, is, index)) {
      return { ...is, field };
    }
  }
  return null;
}

/** Whether croner takes a field, whatever stands in the others. */
function isInRange(field: string, _: Field, index: number): boolean {
  const alone = FIELDS.map((__, other) => (other === index ? field : "*"));
  return readCron(alone, UTC) !== null;
}

/** Null when croner does not take the fields. */
function readCron(fields: readonly string[], zone: string): Cron | null {
  try {
    return openCron(fields, zone);
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof RangeError) {
      return null;
    }
    throw thrown;
  }
}

function openCron(fields: readonly string[], zone: string): Cron {
  const [, , day = "", , weekday = ""] = fields;
  return new Cron(fields.join(" "), {
    mode: "5-part",
    paused: true,
    // Without the platform's calendar, which is what takes the time.
    ...(zone === UTC ? { utcOffset: 0 } : { timezone: zone }),
    // 5/15 is 5, 20, 35, 50.
    sloppyRanges: true,
    fixedTimeRule: "no-wildcard",
    // As in cron: a day of the month or a weekday, unless one of the two begins with *.
    domAndDow: day.startsWith("*") || weekday.startsWith("*"),
  });
}

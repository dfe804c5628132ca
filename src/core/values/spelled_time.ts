import { formatTimestamp, isPlausible, parseTimestamp } from "./timestamp.ts";

/** What a caller says of times that do not say which time they mean. */
export interface TimeReading {
  /** Of times without an offset: `UTC`, an offset, or a name of the time zone database. */
  readonly zone: string | null;
  /** Of bare numbers, which count from 1970. */
  readonly unit: TimeUnit | null;
}

export const TIME_UNITS = ["s", "ms"] as const;
type TimeUnit = (typeof TIME_UNITS)[number];

/** Which word is missing for a time to mean one time. */
export type Missing = "zone" | "unit";

/** `as_given`: it says its time, or can be read in no way at all. */
export type SpelledTime =
  | { readonly kind: "as_given" }
  | { readonly kind: "time"; readonly text: string }
  | { readonly kind: "ambiguous"; readonly missing: Missing };

const AS_GIVEN: SpelledTime = { kind: "as_given" };
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
const NAIVE = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?$/;
const DAY_MS = 86_400_000;

/** What a time of a record says, with what the caller says of such times. */
export function spellTime(value: unknown, { zone, unit }: TimeReading): SpelledTime {
  if (typeof value === "number" || (typeof value === "string" && NUMBER.test(value))) {
    return unit === null
      ? { kind: "ambiguous", missing: "unit" }
      : told(Math.ceil(Number(value) * (unit === "s" ? 1000 : 1)));
  }
  const naive = typeof value === "string" ? NAIVE.exec(value) : null;
  if (naive === null) {
    return AS_GIVEN;
  }
  if (zone === null) {
    return { kind: "ambiguous", missing: "zone" };
  }
  const [, day, minute, second = "00", fraction = "0"] = naive;
  // A day alone is read as its end: nothing falls due early.
  const time = minute === undefined ? "23:59:59.999" : `${minute}:${second}.${fraction}`;
  const local = parseTimestamp(`${day}T${time}Z`);
  return local === null ? AS_GIVEN : told(timeOf(local, zone));
}

/** Whether a zone can be named. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** An absurd time is left as it was written, so that it is told as one that cannot be read. */
function told(at: number): SpelledTime {
  return isPlausible(at) ? { kind: "time", text: formatTimestamp(at) } : AS_GIVEN;
}

/**
 * The time of a local time. One that a clock shows twice is the later of the two, and one that it leaves
 * out is read by the offset before: nothing falls due early.
 */
function timeOf(local: number, zone: string): number {
  const times = [local - DAY_MS, local + DAY_MS].map((near) => local - offsetAt(near, zone));
  const shown = times.filter((at) => at + offsetAt(at, zone) === local);
  return Math.max(...(shown.length === 0 ? times : shown));
}

/** How far a zone is ahead of UTC at a time, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const shown = formatOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(shown.find((one) => one.type === type)?.value);
  const local = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return local - Math.floor(at / 1000) * 1000;
}

/** Making one costs far more than using it, and an import names one zone. */
let format: { readonly zone: string; readonly in_zone: Intl.DateTimeFormat } | null = null;

function formatOf(zone: string): Intl.DateTimeFormat {
  if (format?.zone !== zone) {
    const fields = { year: "numeric", month: "numeric", day: "numeric" } as const;
    const times = { hour: "numeric", minute: "numeric", second: "numeric" } as const;
    const options = { timeZone: zone, hourCycle: "h23", ...fields, ...times } as const;
    format = { zone, in_zone: new Intl.DateTimeFormat("en-US", options) };
  }
  return format.in_zone;
}

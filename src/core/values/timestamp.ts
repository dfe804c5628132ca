/** Clocks outside these years are placeholders or bugs, never ages: nothing is due by them. */
const EARLIEST = Date.UTC(2015, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** RFC 3339, and what others print that means one time: no seconds, `+00`, `+0000`, ` UTC`. */
const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?([Zz]|UTC|[+-]\d{2}(?::?\d{2})?)$/;

/**
 * Reads a timestamp as epoch milliseconds, rounded *up*, so that a fraction finer than a
 * millisecond never makes a session due early. Null when the text is not a real time.
 */
export function parseTimestamp(text: string): number | null {
  const parts = MOMENT.exec(text);
  if (parts === null) {
    return null;
  }
  const [, year, month, day, hour, minute, second = "00", fraction, zone = "Z"] = parts;
  const whole = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const seconds = Date.parse(`${whole}Z`);
  if (Number.isNaN(seconds) || new Date(seconds).toISOString().slice(0, 19) !== whole) {
    return null;
  }
  const offset = /^[+-]/.test(zone) ? offsetMs(zone) : 0;
  if (offset === null) {
    return null;
  }
  return seconds - offset + fractionMs(fraction ?? "");
}

/** The clock of a session: null when missing, not text, unreadable, or before 2015 or after 2100. */
export function parseClock(value: unknown): number | null {
  const at = typeof value === "string" ? parseTimestamp(value) : null;
  return at !== null && isPlausible(at) ? at : null;
}

/** Whether a time can be the clock of a session: from 2015 until the end of 2099. */
export function isPlausible(at: number): boolean {
  return at >= EARLIEST && at < LATEST;
}

/** Epoch milliseconds as RFC 3339 in UTC. */
export function formatTimestamp(at: number): string {
  return new Date(at).toISOString();
}

/** The day in UTC of epoch milliseconds, as in 2026-11-26. */
export function dayOf(at: number): string {
  return formatTimestamp(at).slice(0, 10);
}

/** The same of a time that may not be there. */
export function formatInstant(at: number | null): string | null {
  return at === null ? null : formatTimestamp(at);
}

function fractionMs(digits: string): number {
  const whole = Number(digits.slice(0, 3).padEnd(3, "0"));
  return /[1-9]/.test(digits.slice(3)) ? whole + 1 : whole;
}

function offsetMs(zone: string): number | null {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", ""));
  if (hours > 23 || minutes > 59) {
    return null;
  }
  const ms = (hours * 60 + minutes) * 60_000;
  return zone.startsWith("-") ? -ms : ms;
}

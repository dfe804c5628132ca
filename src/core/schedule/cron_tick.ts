import { fallsIn, parseSchedule } from "./schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Whether a cron that has fired at a time fires again a minute later, in UTC. The days that it names are those of
 * this time, too, unless the next minute is of another day: then it is taken for none of them.
 */
export function firesNextMinute(cron: string, at: number): boolean {
  const [minute = "", hour = ""] = cron.trim().split(/\s+/);
  // The platform numbers weekdays as nobody else does, so days are left out.
  const ofDay = parseSchedule(`${minute} ${hour} * * *`);
  const next = at + MINUTE_MS;
  return ofDay.ok && next % DAY_MS !== 0 && fallsIn(ofDay.value, at, next);
}

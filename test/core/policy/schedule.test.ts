import { expect, test } from "vitest";
import { parsePolicy } from "../../../src/core/policy/policy.ts";

const TARGETS = new Map([
  ["client_sessions", { clocks: ["expires_at", "created_at"], matches_metadata: false }],
]);

/** The errors of a policy with a schedule, each as `field: message`. */
function errorsOf(schedule: unknown): string[] {
  const expire = [{ clock: "expires_at", after: "PT15M" }];
  const parsed = parsePolicy({ source: "client_sessions", expire, schedule }, TARGETS);
  return parsed.ok ? [] : parsed.error.map(({ field, message }) => `${field}: ${message}`);
}

test.each<[string, unknown, string]>([
  ["a number", 5, "schedule: not a schedule: write five cron fields in UTC"],
  ["null", null, "schedule: not a schedule: write five cron fields in UTC"],
  ["a list", ["0 3 * * *"], "schedule: not a schedule: write five cron fields in UTC"],
  ["true", true, "schedule: not a schedule: write five cron fields in UTC"],
  ["four fields", "* * * *", "schedule: not a schedule: write five cron fields"],
  ["weekdays as numbers", "0 0 * * 1", "schedule: write weekdays as names"],
  ["a date that never comes", "0 0 31 6 *", "schedule: this never comes"],
  ["no end", `${"1,".repeat(200)}1 * * * *`, "schedule: too long: at most 200 characters"],
])("a schedule that is %s is refused", (_, schedule, expected) => {
  expect(errorsOf(schedule)).toEqual([expect.stringContaining(expected)]);
});

const RIGHT = { cron: "0 3 * * *", zone: "UTC" };

test.each<[string, object, string]>([
  ["no zone", { zone: undefined }, "schedule.zone: missing: write a text"],
  ["no cron text", { cron: undefined }, "schedule.cron: not a schedule: write five cron fields"],
  ["a minute of 60", { cron: "60 3 * * *" }, 'schedule.cron: the minute "60" is not understood'],
  ["a date that never comes", { cron: "0 3 30 2 *" }, "schedule.cron: this never comes"],
  ["a city alone", { zone: "Berlin" }, "schedule.zone: no such time zone: write a name such as"],
  ["an offset for a zone", { zone: "+01:00" }, "schedule.zone: no such time zone"],
  ["an empty zone", { zone: "" }, "schedule.zone: no such time zone"],
  ["a zone that is a number", { zone: 1 }, "schedule.zone: not a text: write a text"],
  ["a long zone", { zone: "x".repeat(65) }, "schedule.zone: too long"],
  ["a jitter of seconds", { jitter: "PT30S" }, "schedule.jitter: write whole minutes, from PT1M"],
  ["a jitter of nothing", { jitter: "PT0S" }, "schedule.jitter: write whole minutes"],
  ["a jitter of two days", { jitter: "P2D" }, "schedule.jitter: write whole minutes"],
  ["a jitter of a month", { jitter: "P1M" }, "schedule.jitter: write whole minutes"],
  ["a jitter that is a number", { jitter: 5 }, "schedule.jitter: not a duration"],
  ["a jitter of null", { jitter: null }, "schedule.jitter: not a duration"],
  ["an unknown key", { tz: "UTC" }, "schedule.tz: unknown key: remove it"],
])("a schedule with %s is refused", (_, changes, expected) => {
  expect(errorsOf({ ...RIGHT, ...changes })).toEqual([expect.stringContaining(expected)]);
});

test("a schedule that is wrong in several places is told of each", () => {
  expect(errorsOf({ cron: "0 25 * * *", zone: "Mars/Olympus", jitter: "P9D" })).toHaveLength(3);
});

test.each([
  "0 3 * * *",
  RIGHT,
  { cron: "*/5 8-17 * * MON-FRI", zone: "America/Argentina/Buenos_Aires", jitter: "P1D" },
])("%j is a schedule", (schedule) => {
  expect(errorsOf(schedule)).toEqual([]);
});

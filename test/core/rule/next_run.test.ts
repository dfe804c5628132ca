import { expect, test } from "vitest";
import { jitterOffset } from "../../../src/core/schedule/jitter.ts";
import { firstRunFrom } from "../../../src/core/rule/next_run.ts";

const MINUTE = 60_000;
const NINE = Date.UTC(2026, 5, 15, 9);
const DAY = 86_400_000;

test("the first run by a schedule is at the time itself, or behind it", () => {
  expect(firstRunFrom("p", "0 9 * * *", NINE)).toBe(NINE);
  expect(firstRunFrom("p", "0 9 * * *", NINE + 1)).toBe(NINE + DAY);
  const berlin = { cron: "0 9 * * *", zone: "Europe/Berlin" };
  expect(firstRunFrom("p", berlin, NINE)).toBe(NINE + 22 * 60 * MINUTE);
});

test("a jitter moves a run by its own offset", () => {
  const jittered = { cron: "0 9 * * *", zone: "UTC", jitter: "PT1H" };
  const offset = jitterOffset("p", "PT1H");
  expect(offset).toBeGreaterThan(0);
  expect(firstRunFrom("p", jittered, NINE)).toBe(NINE + offset);
  expect(firstRunFrom("p", jittered, NINE + offset + 1)).toBe(NINE + offset + DAY);
});

test("at each tick: the next one, as far apart as the last two", () => {
  const ticks = { last: NINE, gap: 5 * MINUTE };
  expect(firstRunFrom("p", ticks, NINE)).toBe(NINE + 5 * MINUTE);
  expect(firstRunFrom("p", ticks, NINE + 11 * MINUTE)).toBe(NINE + 15 * MINUTE);
  expect(firstRunFrom("p", { last: null, gap: null }, NINE)).toBeNull();
  expect(firstRunFrom("p", { last: NINE, gap: null }, NINE)).toBeNull();
});

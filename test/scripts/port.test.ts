import { expect, test } from "vitest";
import { claimPort } from "../../scripts/start/port.ts";

test("a free port is none that the system gives to any connection: one would have it before the Worker", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => claimPort(0)));
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(new Set(ports).size).toBeGreaterThan(1);
});

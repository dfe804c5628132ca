import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LOG_EVENTS } from "../../../src/platform/log.ts";
import { emptyStore } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";
import { addClientSessions, sweepOnce } from "../../support/sweep_world.ts";

const engine = await openEngine();
const POLICY = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };

interface Line extends Record<string, unknown> {
  readonly event: string;
  readonly level: string;
}

const lines: Line[] = [];

beforeEach(async () => {
  lines.length = 0;
  await emptyStore();
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((text: string) => {
      lines.push(JSON.parse(text) as Line);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

const of = (event: string): Line[] => lines.filter((line) => line.event === event);

test("a sweep says once how it ended, and each slice what it did", async () => {
  await addClientSessions([{ id: "cs_1" }, { id: "cs_2" }, { id: "cs_3", expired: -60 }]);
  const report = await sweepOnce(engine, POLICY);
  expect(of("sweep.ended")).toEqual([
    {
      event: "sweep.ended",
      level: "info",
      sweep: report.id,
      policy: "p",
      source: "client_sessions",
      mode: "enforce",
      trigger: "tick",
      status: "completed",
      error_code: null,
      unsearched: 0,
      unreadable: 0,
      ...report.counts,
      deleted: 2,
    },
  ]);
  const slices = of("slice.done");
  const sum = (field: string): number =>
    slices.reduce((total, line) => total + Number(line[field] ?? 0), 0);
  expect(sum("deleted")).toBe(2);
  expect(sum("calls")).toBeGreaterThan(1);
  expect(slices.every(({ source, jobs }) => source === "client_sessions" && jobs === 1)).toBe(true);
});

test("a brake is told when it stops a plan, and the end when somebody cancels", async () => {
  await addClientSessions(Array.from({ length: 3 }, (_, n) => ({ id: `cs_${n}` })));
  const report = await sweepOnce(engine, { ...POLICY, brake: { items: 2 } });
  expect(of("sweep.braked")).toEqual([
    {
      event: "sweep.braked",
      level: "warn",
      sweep: report.id,
      policy: "p",
      source: "client_sessions",
      guard: "brake_items",
      due: 3,
      planned: 3,
    },
  ]);
  expect(of("sweep.ended")).toEqual([]);
  await engine.registrar.cancelSweep(report.id, "test");
  await vi.waitUntil(() => of("sweep.ended").length > 0, { timeout: 10_000 });
  expect(of("sweep.ended")).toMatchObject([{ status: "cancelled", untouched: 3 }]);
});

test("an erasure that waits says so, and how it ended, without whom it was about", async () => {
  await engine.configure({ ERASURE_MAX_SESSIONS: "1" });
  await addClientSessions([1, 2].map((n) => ({ id: `cs_${n}`, person: "jane_doe" })));
  const waiting = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
  expect(of("job.needs_approval")).toMatchObject([{ erasure: waiting.id, reason: "too_many" }]);
  await engine.registrar.approveErasure(waiting.id, waiting.plan_digest ?? "", "another");
  await vi.waitUntil(() => of("erasure.ended").length > 0, { timeout: 20_000 });
  expect(of("erasure.ended")).toMatchObject([
    { erasure: waiting.id, status: "completed", found: 2, deleted: 2 },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/jane_doe|cs_\d/);
  expect(lines.filter(({ event }) => !Object.hasOwn(LOG_EVENTS, event))).toEqual([]);
});

import { vi } from "vitest";
import { WAITING_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import type { Engine } from "./engine.ts";
import type { FakeClient, SeenCall } from "./fake_client.ts";
import { clearPolicies } from "./sweep_world.ts";

const MINUTE = 60_000;

/** A call with the times that the fake noted, epoch milliseconds. */
export interface TimedCall extends SeenCall {
  readonly n: number;
  readonly started_at: number;
}

/** The variables that send both sources to fakes, as fast as they can. */
export function upstream(
  urls: { readonly seam?: string; readonly vectara?: string },
  perSecond = 1000,
): Record<string, string> {
  const source = { per_second: perSecond, settle_seconds: 0 };
  return {
    SOURCES: JSON.stringify({ client_sessions: source, agent_sessions: source }),
    ...(urls.seam === undefined
      ? {}
      : { SEAM_API_KEY: "seam_test_fake_key", SEAM_ENDPOINT: urls.seam }),
    ...(urls.vectara === undefined
      ? {}
      : { VECTARA_API_KEY: "zut_fake_key", VECTARA_ENDPOINT: urls.vectara }),
  };
}

let made = 0;

/** Ids that no other test uses: what a sweep could not remove is remembered. */
export function newIds(count: number): string[] {
  return Array.from({ length: count }, () => {
    made += 1;
    return `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`;
  });
}

/** A client session as Seam has it; expired so many minutes ago. */
export function seamSession(id: string, expired = 60): Record<string, unknown> {
  return {
    client_session_id: id,
    created_at: new Date(Date.now() - 5000 * MINUTE).toISOString(),
    expires_at: new Date(Date.now() - expired * MINUTE).toISOString(),
  };
}

export async function timedCalls(
  fake: FakeClient,
  query: Record<string, string> = {},
): Promise<TimedCall[]> {
  return (await fake.calls(query)) as TimedCall[];
}

/** The most calls that were under way at the fake at once. */
export async function peakAt(fake: FakeClient): Promise<number> {
  const answer = await fetch(`${fake.url}/_fake/calls?summary`);
  const { peak_in_flight: peak } = await answer.json<{ peak_in_flight: number }>();
  return peak;
}

/** Starts the sweep of one policy alone, and does not wait. */
export async function begin(engine: Engine, policy: object): Promise<string> {
  await clearPolicies();
  await engine.putPolicy("p", { mode: "enforce", brake: { percent: 100 }, verify: 0, ...policy });
  await engine.tick();
  const { data } = await engine.registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" });
  const [report] = data;
  if (report === undefined) {
    throw new Error("no sweep was started");
  }
  return report.id;
}

/** Waits until a sweep has ended or waits for a person. */
export async function outcomeOf(engine: Engine, id: string): Promise<SweepReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.sweep(id);
      const isDone = report?.finished_at !== null || WAITING_SWEEPS.has(report.status);
      return isDone ? report : null;
    },
    { timeout: 60_000, interval: 20 },
  );
}

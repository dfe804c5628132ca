import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { readVersion } from "../../src/kv/policies.ts";
import { policyTargets } from "../../src/kv/targets.ts";
import { parseConfig } from "../../src/config/config.ts";
import { ENDED_SWEEPS, WAITING_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import type { PolicyVersion } from "../../src/contract/registrar.ts";
import { emptyStore } from "./d1.ts";
import type { Engine } from "./engine.ts";
import { clearPolicies, writePolicy } from "./sweep_world.ts";

/** A policy that removes every client session whose time is up, as the API reads it. */
export function versionOf(changes: object = {}, id = "p"): PolicyVersion {
  const document = {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "enforce",
    brake: { percent: 100 },
    ...changes,
  };
  const read = readVersion(id, document, policyTargets(parseConfig({ ...env }).sources));
  if (!read.ok) {
    throw new Error(JSON.stringify(read.error));
  }
  return read.value;
}

/** Writes a policy as the API does, KV and all. */
export async function put(engine: Engine, version: PolicyVersion, actor = "anna"): Promise<void> {
  await writePolicy(engine, version.id, version, actor);
  await engine.putPolicy(version.id, version.policy);
}

/** One tick, and the report of the policy's newest sweep once it has ended or waits. */
export async function sweepOf(engine: Engine, id = "p"): Promise<SweepReport> {
  await engine.tick();
  return newestOf(engine, id);
}

export async function newestOf({ registrar }: Engine, id = "p"): Promise<SweepReport> {
  return vi.waitUntil(
    async () => {
      const { data } = await registrar.sweeps({ limit: 1, cursor: null }, { policy: id });
      const [report] = data;
      const isStill =
        report !== undefined &&
        (ENDED_SWEEPS.has(report.status) ||
          (WAITING_SWEEPS.has(report.status) && report.approved_by.length === 0));
      return isStill ? report : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** Approves what waits, by its digest, and waits for its end. */
export async function approve(
  engine: Engine,
  { id, plan_digest: digest }: SweepReport,
  actor = "ben",
): Promise<SweepReport | null> {
  const answer = await engine.registrar.approveSweep(id, digest ?? "", actor);
  expect(answer).toMatchObject({ kind: "done", report: { approved_by: [{ name: actor }] } });
  return ended(engine, id);
}

export async function ended({ registrar }: Engine, id: string): Promise<SweepReport | null> {
  await expect
    .poll(async () => (await registrar.sweep(id))?.finished_at, { timeout: 15_000 })
    .not.toBeNull();
  return registrar.sweep(id);
}

/** Ends every sweep, and empties the store and what is remembered of policies. */
export async function clean(engine: Engine): Promise<void> {
  await engine.configure({});
  const { data } = await engine.registrar.sweeps({ limit: 100, cursor: null }, {});
  for (const { id, finished_at: at } of data) {
    if (at === null) {
      await engine.registrar.cancelSweep(id, "test");
      await ended(engine, id);
    }
  }
  await clearPolicies();
  await emptyStore();
}

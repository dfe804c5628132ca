import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { runTick } from "../../src/tick.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { Custodian } from "../../src/custodian/custodian.ts";
import { ENDED_SWEEPS, WAITING_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import type { ErasureLimits, ErasureReport } from "../../src/core/report/erasure.ts";
import type { Identifier } from "../../src/core/session/subject.ts";

/** The whole engine of a test: both objects under one environment that can be changed as it runs. */
export interface Engine {
  readonly registrar: ReturnType<typeof env.REGISTRAR.getByName>;
  /** Replaces variables and secrets, as a new deployment would. */
  configure(vars: Readonly<Record<string, string>>): Promise<void>;
  putPolicy(id: string, policy: unknown): Promise<void>;
  tick(at?: number): Promise<void>;
  /** Ticks, and waits until every sweep it knows has ended or waits. */
  sweep(at?: number): Promise<readonly SweepReport[]>;
  settled(): Promise<readonly SweepReport[]>;
  /** Opens an erasure, and does not wait. */
  open(identifiers: readonly Identifier[], how?: Partial<ErasureHow>): Promise<string>;
  erase(identifiers: readonly Identifier[], how?: Partial<ErasureHow>): Promise<ErasureReport>;
  erasure(id: string): Promise<ErasureReport>;
  /** Looks into the tables of one Custodian. */
  rows<T extends Record<string, SqlStorageValue>>(source: string, query: string): Promise<T[]>;
}

type ErasureHow = ErasureLimits & Pick<ErasureReport, "dry_run">;

const ASKS = new Set(["needs_approval", "stalled"]);

/** Opens the engine of a test file. Storage lasts from test to test within the file. */
export async function openEngine(vars: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const registrar = env.REGISTRAR.getByName("registrar");
  let current: Env = env;
  const engine: Engine = {
    registrar,
    async configure(changes) {
      current = { ...env, ...changes };
      await runInDurableObject(registrar, (instance) => {
        Object.assign(instance, { env: current });
      });
      for (const name of parseConfig({ ...current }).sources.keys()) {
        await runInDurableObject(env.CUSTODIAN.getByName(name), (instance: Custodian) => {
          Object.assign(instance, { env: current });
        });
      }
    },
    async putPolicy(id, policy) {
      await env.POLICIES.put(`policy:${id}`, JSON.stringify(policy));
    },
    async tick(at = Date.now()) {
      await runTick(at, current);
    },
    async sweep(at) {
      await engine.tick(at);
      return engine.settled();
    },
    async settled() {
      return vi.waitUntil(
        async () => {
          const { data } = await registrar.sweeps({ limit: 100, cursor: null }, {});
          const done = data.every(
            ({ status }) => ENDED_SWEEPS.has(status) || WAITING_SWEEPS.has(status),
          );
          return done ? data : false;
        },
        { timeout: 50_000, interval: 20 },
      );
    },
    async open(identifiers, { sources = null, scopes = null, dry_run = false } = {}) {
      const how = { sources, scopes, dry_run, regulation: "gdpr", reference: null } as const;
      const opened = await registrar.openErasure(
        { identifiers, ...how, requested_at: Date.now() },
        "test",
        null,
        null,
      );
      if (opened.kind !== "opened") {
        throw new Error(`the erasure was not opened: ${opened.kind}`);
      }
      return opened.erasure.id;
    },
    async erase(identifiers, how) {
      return engine.erasure(await engine.open(identifiers, how));
    },
    async erasure(id) {
      return vi.waitUntil(
        async () => {
          const report = await registrar.erasure(id);
          const done = report !== null && (report.finished_at !== null || ASKS.has(report.status));
          return done ? report : false;
        },
        { timeout: 50_000, interval: 20 },
      );
    },
    async rows<T extends Record<string, SqlStorageValue>>(source: string, query: string) {
      return runInDurableObject(env.CUSTODIAN.getByName(source), (_instance, state) =>
        state.storage.sql.exec<T>(query).toArray(),
      );
    },
  };
  await engine.configure(vars);
  return engine;
}

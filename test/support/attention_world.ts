import { runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";
import type { NewsItem } from "../../src/contract/custodian.ts";
import type { Attention } from "../../src/core/report/attention.ts";
import { openEngine } from "./engine.ts";
import { clean } from "./guard_world.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
};
export const PAUSE = { until: null, reason: "an incident" };

const VARS = { ERASURE_MAX_SESSIONS: "1" };

/** An engine, and what it says needs a person. */
export async function openAttentionWorld() {
  const engine = await openEngine(VARS);
  const { registrar } = engine;

  const run = async <T>(use: (sql: SqlStorage) => T): Promise<T> =>
    runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));

  async function told(code?: string): Promise<readonly Attention[]> {
    const { attention, attention_more: more } = await registrar.health();
    expect(more).toEqual({});
    return attention.filter((one) => code === undefined || one.code === code);
  }

  const codes = async (): Promise<string[]> => (await told()).map(({ code }) => code);

  let seq = Date.now() + DAY;
  /** News of the one source, numbered by its clock and far ahead of what its Custodian tells. */
  async function tell(news: NewsItem["news"]): Promise<void> {
    seq += 1;
    await registrar.deliver([{ source: "client_sessions", seq, news }]);
  }

  /** Takes away all that could need a person. */
  async function empty(): Promise<void> {
    await registrar.turnSwitch({ source: null, pause: null }, "root");
    await clean(engine);
    await engine.configure(VARS);
    await run((sql) => {
      for (const table of [
        "sweeps",
        "erasures",
        "erasure_parts",
        "gauges",
        "readings",
        "facts",
        "holds",
      ]) {
        sql.exec(`DELETE FROM ${table}`);
      }
    });
  }

  return { engine, registrar, run, told, codes, tell, empty };
}

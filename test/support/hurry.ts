import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import type { Engine } from "./engine.ts";
import { JANE } from "./erasure_world.ts";

/** Lets no time pass at a source: whatever waits there is due now. */
export async function hurry(source: string): Promise<void> {
  const custodian = env.CUSTODIAN.getByName(source);
  await runInDurableObject(custodian, (_instance, state) => {
    state.storage.sql.exec("UPDATE timers SET at = 0");
    state.storage.sql.exec("UPDATE plan SET not_before = 0");
  });
  await runDurableObjectAlarm(custodian);
}

/** Waits for a status, and makes every wait of a source as short as it can be. */
export async function hurried(
  engine: Engine,
  id: string,
  source: string,
  isThere: (report: ErasureReport) => boolean,
): Promise<ErasureReport> {
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.erasure(id);
      if (report !== null && isThere(report)) {
        return report;
      }
      await hurry(source);
      return false;
    },
    { timeout: 50_000, interval: 20 },
  );
}

/** Opens an erasure of Jane, and does not wait. */
export async function openErasure(engine: Engine): Promise<string> {
  return engine.open([JANE]);
}

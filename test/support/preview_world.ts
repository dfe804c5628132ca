import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { readVersion } from "../../src/kv/policies.ts";
import { policyTargets } from "../../src/kv/targets.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { PlannedSession } from "../../src/contract/custodian.ts";
import type { Custodian } from "../../src/custodian/custodian.ts";
import type { PolicyVersion } from "../../src/contract/registrar.ts";
import type { Engine } from "./engine.ts";

/** A version with this document, as the API would read it. */
export function versionOf(document: object, id = "p"): PolicyVersion {
  const { sources } = parseConfig({ ...env });
  const read = readVersion(id, { mode: "enforce", ...document }, policyTargets(sources));
  if (!read.ok) {
    throw new Error(`the policy of this test is not valid: ${JSON.stringify(read.error)}`);
  }
  return read.value;
}

/** Starts a preview of a version that is stored nowhere, and does not wait. */
export async function beginPreview(
  { registrar }: Engine,
  document: object,
  id = "p",
  other: object | null = null,
): Promise<string> {
  const answer = await registrar.startPreview(
    {
      policy: versionOf(document, id),
      other: other === null ? null : versionOf(other).policy,
      stored_digest: null,
    },
    "test",
    null,
  );
  if (answer.kind !== "started") {
    throw new Error(`the preview was not started: ${answer.kind}`);
  }
  return answer.sweep.id;
}

/** A preview that has ended. */
export async function preview(
  engine: Engine,
  document: object,
  other: object | null = null,
): Promise<SweepReport> {
  const id = await beginPreview(engine, document, "p", other);
  return vi.waitUntil(
    async () => {
      const report = await engine.registrar.sweep(id);
      return report?.finished_at === null ? null : report;
    },
    { timeout: 25_000, interval: 20 },
  );
}

/** Every page of a plan. */
export async function plannedIn(
  source: string,
  sweep: string,
  limit = 100,
  newly = false,
): Promise<PlannedSession[]> {
  const custodian = env.CUSTODIAN.getByName(source);
  const rows: PlannedSession[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = await custodian.planPage(sweep, { limit, after, newly });
    if (page.kind !== "page") {
      throw new Error(`the plan is ${page.kind}`);
    }
    rows.push(...page.data);
    after = page.next;
  }
  return rows;
}

/** Moves the end of a plan that is kept to the present, and lets the Custodian's alarm come. */
export async function passTime(source: string): Promise<void> {
  await runInDurableObject(
    env.CUSTODIAN.getByName(source),
    async (instance: Custodian, { storage }) => {
      const past = Date.now() - 1;
      storage.sql.exec(
        "UPDATE jobs SET progress = json_set(progress, '$.end.plan_until', ?) WHERE progress ->> '$.phase' = 'ended'",
        past,
      );
      storage.sql.exec(
        "UPDATE timers SET at = ? WHERE name IN (SELECT 'job:' || id FROM jobs WHERE progress ->> '$.phase' = 'ended')",
        past,
      );
      await instance.alarm();
    },
  );
}

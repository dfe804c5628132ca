import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Custodian } from "../../../src/custodian/custodian.ts";

test("regression: an alarm that throws comes again after a pause, although a job is due", async () => {
  await runInDurableObject(
    env.CUSTODIAN.getByName("client_sessions"),
    async (instance: Custodian, { storage }) => {
      storage.sql.exec(
        "INSERT INTO jobs (id, kind, job_order, progress) VALUES ('swp_torn', 'sweep', '{', '{}')",
      );
      storage.sql.exec("INSERT INTO timers (name, at) VALUES ('job:swp_torn', 0)");
      const before = Date.now();
      await instance.alarm();
      expect(await storage.getAlarm()).toBeGreaterThanOrEqual(before + 30_000);
      storage.sql.exec("DELETE FROM jobs");
      storage.sql.exec("DELETE FROM timers");
      await storage.deleteAlarm();
    },
  );
});

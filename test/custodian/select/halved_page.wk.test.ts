import { expect, test } from "vitest";
import { startFake } from "../../support/fake_client.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { NOW, openOn } from "../../support/vectara_source.ts";

const KB = 1000;
const CREATED = "2026-01-15T10:30:00Z";

test("a page that is cut off because it is too large counts nothing that is read again", async () => {
  const fake = await startFake("vectara");
  const of = (key: string, count: number) => ({
    key,
    sessions: Array.from({ length: count }, (_, n) => ({
      key: `${key}_${n}`,
      metadata: { user_id: `u-${n}`, note: "x".repeat(40 * KB) },
      created_at: CREATED,
    })),
  });
  await fake.seed({ agents: [of("agent_a", 10)] });
  await fake.seed({ agents: [of("agent_b", 100)] });
  await inCustodian(
    // More than is handed over at once, and less than a page of the second agent.
    () => openOn(fake.url, {}, { page_bytes: 3000 * KB }),
    async (harness) => {
      harness.now = NOW;
      harness.fetch = async (input, init) => fetch(input, init);
      harness.start("swp_1", {
        source: "agent_sessions",
        mode: "observe",
        expire: [{ clock: "created_at", after: "P30D" }],
        keep: { min_age: "P10Y" },
      });
      await harness.run();
      expect(harness.broken).toEqual([]);
      expect(harness.news("swp_1")).toMatchObject({
        status: "observed",
        counts: { examined: 110, matched: 110, kept: 110, due: 0 },
      });
    },
  );
  const limits = (await fake.calls()).map(({ search }) => /limit=(\d+)/.exec(search)?.[1]);
  expect(limits).toContain("50");
});

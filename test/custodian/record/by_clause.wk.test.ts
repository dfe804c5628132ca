import { expect, test } from "vitest";
import { addRise, type DispositionCounts } from "../../../src/core/count/disposition.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

const POLICY = {
  expire: [
    { clock: "expires_at", after: "PT0S" },
    { clock: "created_at", after: "P30D" },
  ],
  brake: { percent: 100 },
};

/** Ten that expired, and six that have not and are old. */
const SESSIONS = [
  ...Array.from({ length: 10 }, (_, index) => session(`expired${index}`, NOW - 1000)),
  ...Array.from({ length: 6 }, (_, index) =>
    session(`old${index}`, NOW, {
      clocks: { expires_at: NOW + DAY, created_at: NOW - 40 * DAY },
    }),
  ),
];

test.each([
  ["call", { removal: "reread" }],
  ["batch", { removal: "conditional", remove_batch: 4 }],
] as const)("a sweep that removes by %s tells the ends of each clause", async (_, options) => {
  await inCustodian(
    (harness) => {
      harness.now = NOW;
      return memorySource(SESSIONS, options);
    },
    async (harness) => {
      const source = harness.source as ReturnType<typeof memorySource>;
      // One of each clause is renewed after the list, so it stays.
      source.after = (call) => {
        for (const id of call === "list" ? ["expired3", "old2"] : []) {
          const fresh = { expires_at: NOW + DAY, created_at: NOW - DAY };
          source.sessions.set(id, session(id, NOW, { clocks: fresh, version: 2 }));
        }
        return null;
      };
      harness.start("swp_1", POLICY);
      await harness.run();
      const { by_clause: byClause, dispositions } = harness.news("swp_1");
      expect(byClause).toEqual([
        { clock: "expires_at", after: "PT0S", dispositions: { deleted: 9, renewed: 1 } },
        { clock: "created_at", after: "P30D", dispositions: { deleted: 5, renewed: 1 } },
      ]);
      expect(
        byClause.reduce<DispositionCounts>((sum, one) => addRise(sum, {}, one.dispositions), {}),
      ).toEqual(dispositions);
    },
  );
});

test("a clause by which nothing was due is told with no ends", async () => {
  await inCustodian(
    (harness) => {
      harness.now = NOW;
      return memorySource(SESSIONS.slice(10));
    },
    async (harness) => {
      harness.start("swp_1", POLICY);
      await harness.run();
      expect(harness.news("swp_1").by_clause).toMatchObject([
        { dispositions: {} },
        { dispositions: { deleted: 6 } },
      ]);
    },
  );
});

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Disposition } from "../../../src/core/count/disposition.ts";
import { PENDING, Plan } from "../../../src/custodian/tables/plan/plan.ts";

/** A plan of so many removals from a seq on, in an object of its own. */
async function inPlan(
  rows: { from: number; count: number; disposition?: Disposition },
  use: (plan: Plan) => void,
): Promise<void> {
  await runInDurableObject(env.CUSTODIAN.getByName("plan_sample"), (_instance, { storage }) => {
    const plan = new Plan(storage.sql);
    storage.sql.exec("DELETE FROM plan");
    const { from, count, disposition = "deleted" } = rows;
    const row = {
      scope: "w",
      version: 1,
      clause: 0,
      due_at: 0,
      state: PENDING,
      disposition,
    } as const;
    plan.append(
      1,
      from,
      Array.from({ length: count }, (_, index) => ({ ...row, id: `s${from + index}` })),
    );
    use(plan);
  });
}

/** Every seq that is sampled, asked in windows and with a limit. */
function sampled(plan: Plan, percent: number, seqs: number, limit: number): number[] {
  const found: number[] = [];
  for (let after = 0; after < plan.lastSeq(1);) {
    const page = plan.sample(1, { after, seqs, percent }, limit).map(({ seq }) => seq);
    found.push(...page);
    after = page.length === limit ? (page.at(-1) ?? 0) : after + seqs;
  }
  return found;
}

describe("the share of a plan that is read back", () => {
  test.each([0.5, 1, 33, 99.9, 100])(
    "is %d percent of it, in windows of any size",
    async (percent) => {
      await inPlan({ from: 1, count: 3000 }, (plan) => {
        const whole = sampled(plan, percent, 10_000, 10_000);
        expect(whole).toHaveLength(Math.floor((3000 * percent) / 100));
        expect(new Set(whole).size).toBe(whole.length);
        for (const [seqs, limit] of [
          [700, 10_000],
          [10_000, 13],
          [700, 13],
        ] as const) {
          expect(sampled(plan, percent, seqs, limit)).toEqual(whole);
        }
      });
    },
  );

  test("is found where the rows begin far up, as after a sort", async () => {
    await inPlan({ from: 45_001, count: 1000 }, (plan) => {
      expect(sampled(plan, 10, 20_000, 2000)).toHaveLength(100);
    });
  });

  test("holds removals alone", async () => {
    await inPlan({ from: 1, count: 100, disposition: "already_absent" }, (plan) => {
      expect(sampled(plan, 100, 1000, 1000)).toEqual([]);
    });
    await inPlan({ from: 1, count: 100, disposition: "absent_after_attempt" }, (plan) => {
      expect(sampled(plan, 100, 1000, 1000)).toHaveLength(100);
    });
  });

  test("of an empty plan is nothing", async () => {
    await inPlan({ from: 1, count: 0 }, (plan) => {
      expect(plan.lastSeq(1)).toBe(0);
    });
  });
});

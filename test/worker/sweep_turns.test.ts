import { expect, test } from "vitest";
import { inCustodian } from "./sweep_harness.ts";
import { DAY, memorySource, session } from "./sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);

function due(scope: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    session(`${scope}${String(index).padStart(4, "0")}`, NOW - DAY - index, { scope }),
  );
}

function policyOf(scope: string) {
  return {
    expire: [{ clock: "expires_at", after: "PT0S" }],
    match: { scope: [scope] },
    brake: { percent: 100 },
    verify: 0,
  };
}

test("policies of one source take turns: a long sweep holds up no other for long", async () => {
  const source = memorySource([...due("a", 2000), ...due("b", 150)], {}, 500);
  const went: { scope: string; at: number }[] = [];
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 50;
      source.after = (call, id) => {
        if (call === "remove") {
          went.push({ scope: id.slice(0, 1), at: harness.now });
        }
        return null;
      };
      harness.start("swp_long", policyOf("a"));
      harness.start("swp_short", policyOf("b"));
      await harness.run();
      expect(harness.news("swp_long")).toMatchObject({ dispositions: { deleted: 2000 } });
      expect(harness.news("swp_short")).toMatchObject({ dispositions: { deleted: 150 } });
    },
  );
  const lastOfShort = went.findLastIndex(({ scope }) => scope === "b");
  const shared = went.slice(0, lastOfShort + 1);
  let from = shared[0];
  let longest = 0;
  for (const one of shared) {
    from = one.scope === from?.scope ? from : one;
    longest = Math.max(longest, one.at - (from?.at ?? 0));
  }
  expect(longest).toBeGreaterThan(1000);
  expect(longest).toBeLessThanOrEqual(6000);
  // The short one ended long before the long one: both had the source half of the time.
  const [first, last] = [shared.at(0)?.at ?? 0, shared.at(-1)?.at ?? 0];
  expect(last - first).toBeLessThan(((went.at(-1)?.at ?? 0) - first) / 3);
});

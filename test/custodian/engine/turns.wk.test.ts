import { expect, test } from "vitest";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const MINUTE = 60_000;

interface Removed {
  readonly scope: string;
  readonly at: number;
}

function due(scope: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    session(`${scope}${String(index).padStart(5, "0")}`, NOW - DAY - index, { scope }),
  );
}

function policyOf(scope: string, more: object = {}) {
  return {
    expire: [{ clock: "expires_at", after: "PT0S" }],
    match: { scope: [scope] },
    brake: { percent: 100 },
    verify: 0,
    ...more,
  };
}

/** Notes when sessions of each scope go. */
function watch(harness: Harness, source: MemorySource): Removed[] {
  const went: Removed[] = [];
  source.after = (call, id) => {
    if (call === "remove") {
      went.push({ scope: id.slice(0, 1), at: harness.now });
    }
    return null;
  };
  return went;
}

/** Alarms for so long, or until no job has one. */
async function runFor(harness: Harness, ms: number): Promise<void> {
  const until = harness.now + ms;
  while (harness.now < until) {
    const next = harness.sql
      .exec<{ at: number | null }>("SELECT min(at) AS at FROM timers WHERE name GLOB 'job:*'")
      .one().at;
    if (next === null || next > until) {
      return;
    }
    harness.now = Math.max(harness.now, next);
    await harness.slice();
  }
}

function countOf(went: readonly Removed[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { scope } of went) {
    counts[scope] = (counts[scope] ?? 0) + 1;
  }
  return counts;
}

test("policies of one source take turns: a long sweep holds up no other for long", async () => {
  const source = memorySource([...due("a", 2000), ...due("b", 150)], {}, 500);
  let went: Removed[] = [];
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 50;
      went = watch(harness, source);
      harness.start("swp_long", policyOf("a"));
      harness.start("swp_short", policyOf("b"), harness.now, { policy_id: "q" });
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
  expect(longest).toBeGreaterThan(100);
  expect(longest).toBeLessThanOrEqual(1500);
  // The short one ended long before the long one: both had the source half of the time.
  const [first, last] = [shared.at(0)?.at ?? 0, shared.at(-1)?.at ?? 0];
  expect(last - first).toBeLessThan(((went.at(-1)?.at ?? 0) - first) / 3);
});

test("a policy with the lowest budget leaves its neighbours the source, and has its own share", async () => {
  const scopes = ["a", "b", "c", "d", "e"];
  const source = memorySource(
    scopes.flatMap((scope) => due(scope, 2000)),
    {},
    20_000,
  );
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 5;
      const went = watch(harness, source);
      for (const [index, scope] of scopes.entries()) {
        const budget = scope === "a" ? { budget: { per_second: 0.2 } } : {};
        harness.start(`swp_${scope}`, policyOf(scope, budget), harness.now, {
          policy_id: scope,
          policy_digest: `${index}`,
        });
      }
      await runFor(harness, 10 * MINUTE);
      const counts = countOf(went.filter(({ at }) => at < NOW + 10 * MINUTE));
      // A read and a removal each: of 5 calls a second 0.2 are for the one, 1.2 for each of the others.
      expect(counts["a"]).toBeGreaterThanOrEqual(50);
      expect(counts["a"]).toBeLessThanOrEqual(62);
      for (const scope of ["b", "c", "d", "e"]) {
        expect(counts[scope]).toBeGreaterThan(320);
      }
    },
  );
});

test("a preview with the lowest budget stops no sweep, not even one of its own policy", async () => {
  const source = memorySource(due("a", 300), { activity_by_session: true }, 1000);
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 10;
      const went = watch(harness, source);
      const policy = policyOf("a", { budget: { per_second: 0.2 } });
      const idle = { ...policy, expire: [{ clock: "last_active_at", after: "PT1H" }] };
      for (const one of source.sessions.values()) {
        const { expires_at: at } = one.clocks;
        source.sessions.set(one.id, {
          ...one,
          clocks: { ...one.clocks, last_active_at: at ?? null },
          activity_read: false,
        });
      }
      harness.start("swp_preview", idle, harness.now, { preview: true });
      harness.start("swp_real", policyOf("a", { budget: { per_second: 5 } }));
      await runFor(harness, 3 * MINUTE);
      // The preview reads the activity of three hundred sessions, one in five seconds.
      expect(harness.told("swp_preview")).not.toContain("observed");
      expect(harness.news("swp_real")).toMatchObject({
        status: "completed",
        dispositions: { deleted: 300 },
      });
      expect((went.at(-1)?.at ?? 0) - NOW).toBeLessThan(2.5 * MINUTE);
    },
  );
});

test.for([
  ["moves on", 20],
  ["stands still", null],
] as const)("eight long sweeps have equal shares where the clock %s", async ([, perSecond]) => {
  const scopes = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const source = memorySource(
    scopes.flatMap((scope) => due(scope, 3000)),
    {},
    30_000,
  );
  await inCustodian(
    () => source,
    async (harness) => {
      // Without a pace nothing in the source's answers moves this clock.
      harness.perSecond = perSecond;
      harness.calls = 5000;
      const went = watch(harness, source);
      for (const scope of scopes) {
        harness.start(`swp_${scope}`, policyOf(scope), harness.now, { policy_id: scope });
      }
      await (perSecond === null ? harness.slice() : runFor(harness, 10 * MINUTE));
      const counts = Object.values(countOf(went));
      expect(counts).toHaveLength(8);
      expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) / 2);
    },
  );
});

test("a list that takes minutes is made up for by the others afterwards", async () => {
  const source = memorySource([...due("a", 500), ...due("b", 3000)], {}, 10_000);
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 10;
      harness.start("swp_b", policyOf("b"), harness.now, { policy_id: "b" });
      await runFor(harness, 10_000);
      const went = watch(harness, source);
      source.before = (call) => {
        harness.now += call === "list" ? 4 * MINUTE : 0;
        return null;
      };
      harness.start("swp_a", policyOf("a"), harness.now, { policy_id: "a" });
      await runFor(harness, 6 * MINUTE);
      // Four minutes of ten were the list's: the next ones are the other's.
      const counts = countOf(went);
      expect(counts["b"]).toBeGreaterThan(300);
      expect(counts["a"] ?? 0).toBeLessThan(50);
    },
  );
});

test("a budget is kept by a sweep alone, and is not paid anew by its next slice", async () => {
  const source = memorySource(due("a", 200));
  await inCustodian(
    () => source,
    async (harness) => {
      const went = watch(harness, source);
      harness.start("swp_a", policyOf("a", { budget: { per_second: 1 } }));
      await runFor(harness, 2 * MINUTE);
      expect(went.length).toBeGreaterThanOrEqual(57);
      expect(went.length).toBeLessThanOrEqual(63);
    },
  );
});

test("erasures take turns too, and go before the sweeps", async () => {
  const of = (name: string, scope: string, count: number) =>
    due(scope, count).map((one) => ({
      ...one,
      person: [{ type: "user_identifier_key", values: [name] }],
    }));
  const source = memorySource(
    [...of("jane", "a", 600), ...of("john", "b", 60), ...due("c", 600)],
    { identifiers: ["user_identifier_key"] },
    10_000,
  );
  await inCustodian(
    () => source,
    async (harness) => {
      harness.perSecond = 20;
      for (const name of ["jane", "john"]) {
        const identifiers = [{ type: "user_identifier_key" as const, value: name }];
        const id = `ers_${name}`;
        harness.jobs.add({ kind: "erasure", id, identifiers });
        harness.wake(id);
      }
      await harness.run();
      const went = watch(harness, source);
      harness.start("swp_c", policyOf("c"));
      for (const id of ["ers_jane", "ers_john"]) {
        harness.jobs.wish(id, { do: "proceed" });
        harness.wake(id);
      }
      await harness.run();
      expect(countOf(went)).toEqual({ a: 600, b: 60, c: 600 });
      const scopes = went.map(({ scope }) => scope);
      const lastOfJohn = scopes.lastIndexOf("b");
      expect(scopes.slice(0, lastOfJohn).filter((scope) => scope === "a").length).toBeLessThan(200);
      expect(scopes.slice(0, lastOfJohn)).not.toContain("c");
    },
  );
});

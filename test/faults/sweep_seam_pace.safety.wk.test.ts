import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DELETE, LIST, openSeamSweeps } from "../support/seam_sweeps.ts";
import { peakAt, timedCalls, upstream } from "../support/sweep_upstream.ts";

const { fake, engine, seed, sweep, goneOf } = await openSeamSweeps();

beforeEach(() => engine.configure(upstream({ seam: fake.url })));
afterEach(() => fake.reset());

// Before any 429: what one teaches of the rate would narrow the window.
test("at most six calls are under way at once, and six are", async () => {
  const ids = await seed(60);
  await fake.configure({ latency_ms: 30 });
  expect(await sweep()).toMatchObject({ dispositions: { deleted: 60 } });
  expect(await peakAt(fake)).toBe(6);
  expect(await goneOf(ids)).toEqual(ids);
});

describe("pace", () => {
  test("a time that a 429 names stops the whole source until then", async () => {
    await seed(30);
    await fake.faults({
      kind: "status",
      status: 429,
      body: "",
      headers: { "retry-after": "2" },
      skip: 9,
      match: { path: DELETE },
    });
    expect(await sweep()).toMatchObject({ dispositions: { deleted: 30 } });
    const calls = await timedCalls(fake);
    const limited = calls.find((call) => call.status === 429);
    const rest = calls.filter((call) => call.n > (limited?.n ?? 0));
    // Calls that were on their way when the 429 was given are no disobedience.
    const next = rest.filter(({ started_at: at }) => at > (limited?.started_at ?? 0) + 200);
    expect(next.length).toBeGreaterThan(20);
    const soonest = Math.min(...next.map(({ started_at: at }) => at));
    expect(soonest - (limited?.started_at ?? 0)).toBeGreaterThanOrEqual(1990);
  });

  test.for([
    ["per_second of the source", 25, {}],
    ["per_second of the policy's budget", 1000, { budget: { per_second: 25 } }],
  ] as const)("%s is kept over everything that is asked", async ([, perSecond, policy]) => {
    await engine.configure(upstream({ seam: fake.url }, perSecond));
    await seed(20);
    expect(await sweep({ ...policy, verify: 100 })).toMatchObject({
      dispositions: { deleted: 20 },
      verified: { read: 20 },
    });
    const calls = await timedCalls(fake);
    expect(calls).toHaveLength(61);
    const first = calls.find(({ path }) => path !== LIST);
    const took = (calls.at(-1)?.started_at ?? 0) - (first?.started_at ?? 0);
    expect(took).toBeGreaterThanOrEqual(59 * 40 - 100);
  });
});

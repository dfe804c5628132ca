import { describe, expect, test } from "vitest";
import { ask, openBench, START } from "../../support/meter_bench.ts";

describe("the budget of a policy", () => {
  const slow = { name: "policy slow", per_second: 2 };

  test("is a bucket of its own: it refuses the policy alone, and the source goes on", async () => {
    const bench = openBench();
    const meter = bench.open({ per_second: 10 });
    expect(await ask(meter, slow)).toBe(200);
    expect(await meter.reserve(slow)).toMatchObject({
      ok: false,
      error: { kind: "exhausted", until: START + 500, by: "budget" },
    });
    await ask(meter);
    await ask(meter, { name: "policy other", per_second: 2 });
    expect(bench.sent.map((at) => at - START)).toEqual([0, 100, 200]);
    bench.now = START + 500;
    expect(await ask(meter, slow)).toBe(200);
    expect(bench.sent.at(-1)).toBe(START + 500);
  });

  test("can only lower the pace of the source", async () => {
    const bench = openBench();
    const meter = bench.open({ per_second: 10 });
    const fast = { name: "policy fast", per_second: 1000 };
    await ask(meter, fast);
    bench.now += 1;
    await ask(meter, fast);
    expect(bench.sent.map((at) => at - START)).toEqual([0, 100]);
  });

  test("is not paid anew by a restart", async () => {
    const bench = openBench();
    const meter = bench.open();
    await ask(meter, slow);
    meter.save();
    expect(await ask(bench.open(), slow)).toBe("exhausted");
    bench.now += 500;
    expect(await ask(bench.open(), slow)).toBe(200);
  });

  test("lets no task be cut in two: its second call goes at once, and is paid later", async () => {
    const bench = openBench();
    const meter = bench.open();
    await ask(meter, slow);
    expect((await meter.reserve(slow, { follows: true })).ok).toBe(true);
    expect(await meter.reserve(slow)).toMatchObject({ ok: false, error: { until: START + 1000 } });
  });

  test("makes up for time in which others were served, and for no more than a second", async () => {
    const bench = openBench();
    const meter = bench.open({ until: START + 700_000 });
    await ask(meter, slow);
    bench.now += 600_000;
    meter.beginStep(600_000);
    const answers: (string | number)[] = [];
    for (let call = 0; call < 5; call++) {
      answers.push(await ask(meter, slow));
    }
    expect(answers).toEqual([200, 200, 200, "exhausted", "exhausted"]);
  });

  test("counts as what bound the speed while it refuses", async () => {
    const bench = openBench();
    const meter = bench.open();
    await ask(meter, slow);
    await ask(meter, slow);
    expect(meter.drainWaits()).toMatchObject({ budget: 500, rate: 0 });
  });
});

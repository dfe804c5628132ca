import { describe, expect, test } from "vitest";
import type { Meter } from "../../../src/custodian/pace/meter.ts";
import { ask, limited, openBench, START } from "../../support/meter_bench.ts";

describe("the pace of a source", () => {
  test("is one bucket for every call", async () => {
    const bench = openBench();
    const meter = bench.open({ per_second: 5 });
    await Promise.all(Array.from({ length: 6 }, async () => ask(meter)));
    expect(bench.sent.map((at) => at - START).toSorted((a, b) => a - b)).toEqual(
      [0, 200, 400, 600, 800, 1000].map((at) => expect.closeTo(at, 0) as number),
    );
  });

  test("goes on where it stopped after a restart", async () => {
    const bench = openBench();
    const meter = bench.open({ per_second: 1 });
    await ask(meter);
    meter.save();
    await ask(bench.open({ per_second: 1 }));
    expect(bench.sent.map((at) => at - START)).toEqual([0, 1000]);
  });

  test("lets a task of two calls be followed by its second before the others begin", () => {
    const bench = openBench();
    expect([null, 100, 5, 1, 0.2].map((rate) => bench.open({ per_second: rate }).width())).toEqual([
      6, 6, 5, 1, 1,
    ]);
  });
});

describe("two who ask the same source", () => {
  test("share its pace and its rests, each with calls of its own to spend", async () => {
    const bench = openBench(limited("3"));
    const pace = bench.share();
    const [sweep, caller] = [bench.open({ per_second: 10 }, pace), bench.open({ calls: 2 }, pace)];
    expect(await ask(sweep)).toBe(429);
    expect(await ask(caller)).toBe(200);
    expect(bench.sent.map((at) => at - START)).toEqual([0, 3000]);
    expect([sweep.calls, caller.calls]).toEqual([1, 1]);
  });

  test("are told apart by what their calls waited for", async () => {
    const bench = openBench();
    const pace = bench.share();
    const [slow, other] = [bench.open({ per_second: 2 }, pace), bench.open({}, pace)];
    await ask(slow);
    await ask(slow);
    await ask(other);
    expect(slow.drainWaits()).toMatchObject({ rate: 500, budget: 0 });
    expect(slow.drainWaits()).toMatchObject({ rate: 0 });
    expect(other.drainWaits()).toMatchObject({ rate: 500 });
  });
});

describe("a source that fails", () => {
  async function failOnce(meter: Meter, again = false): Promise<string> {
    const turn = await meter.reserve(null, { again });
    if (!turn.ok) {
      return turn.error.kind;
    }
    await turn.value.fetch("https://a.test", {});
    turn.value.ended(true);
    return "failed";
  }

  test("is asked no more after five in a row, and then whether it answers", async () => {
    const bench = openBench();
    const meter = bench.open();
    for (let call = 0; call < 5; call++) {
      expect(await failOnce(meter)).toBe("failed");
      bench.now += 1;
    }
    const turn = await meter.reserve();
    expect(turn).toMatchObject({ ok: false, error: { kind: "exhausted", by: "faults" } });
    bench.now += 2000;
    bench.answers.push(new Error("reset"));
    expect(await meter.reserve()).toMatchObject({ ok: false, error: { by: "faults" } });
    bench.now += 4000;
    const both = await Promise.all([meter.reserve(), meter.reserve()]);
    expect(both.map(({ ok }) => ok)).toEqual([true, true]);
    expect(bench.pings).toBe(2);
  });

  test("at sessions that failed before is asked whether it answers, and then for them again", async () => {
    const bench = openBench();
    const meter = bench.open();
    const came: string[] = [];
    for (let call = 0; call < 30; call++) {
      came.push(await failOnce(meter, true));
      bench.now += came.at(-1) === "failed" ? 1 : 2000;
    }
    expect(came.filter((kind) => kind === "failed")).toHaveLength(27);
    expect(bench.pings).toBe(2);
  });

  test("costs no job an attempt for half a minute, and then one each time it is asked", async () => {
    const bench = openBench();
    const meter = bench.open({ until: Infinity });
    for (let call = 0; call < 5; call++) {
      expect(await failOnce(meter)).toBe("failed");
    }
    const attempts: number[] = [];
    for (let ping = 1; ping <= 6; ping++) {
      bench.answers.push(new Error("reset"));
      bench.now += 60_000;
      await meter.reserve();
      attempts.push(meter.attempts);
      expect(bench.pings).toBe(ping);
    }
    expect(attempts).toEqual([5, 5, 5, 5, 6, 7]);
  });

  test("lets nobody go who had waited for the pace while it stopped answering", async () => {
    const bench = openBench();
    const pace = bench.share();
    const [slow, caller] = [bench.open({ per_second: 1 }, pace), bench.open({}, pace)];
    const early = await Promise.all(Array.from({ length: 5 }, async () => caller.reserve()));
    await slow.reserve();
    const waiting = slow.reserve();
    for (const turn of early) {
      expect(turn.ok).toBe(true);
      if (turn.ok) {
        await turn.value.fetch("https://a.test", {});
        turn.value.ended(true);
      }
    }
    expect(await waiting).toMatchObject({ ok: false, error: { by: "faults" } });
  });

  test("is counted by what it answered", async () => {
    const answers = [200, 302, 404, 410, 429, 500, 503].map(
      (status) => new Response("", { status }),
    );
    const bench = openBench(...answers, new Error("reset"));
    const meter = bench.open();
    for (let call = 0; call < 8; call++) {
      await ask(meter);
    }
    meter.save();
    expect(bench.totals.calls_by_status).toEqual({
      "2xx": 1,
      "3xx": 1,
      "4xx": 1,
      "404": 1,
      "429": 1,
      "5xx": 2,
      none: 1,
    });
    expect(bench.totals.throttled_ms).toBe(1000);
  });
});

describe("a 429", () => {
  test("that names a time stops every call until then, and past a restart", async () => {
    const bench = openBench(limited("7"));
    expect(await ask(bench.open())).toBe(429);
    await ask(bench.open());
    expect(bench.sent.map((at) => at - START)).toEqual([0, 7000]);
  });

  test("that names none makes a rest that doubles, and one answer ends the doubling", async () => {
    const bench = openBench(limited(), limited(), limited(), new Response(), limited());
    const meter = bench.open();
    const rests: number[] = [];
    for (let call = 0; call < 5; call++) {
      await ask(meter);
      rests.push(bench.pace.blocked_until - (bench.sent.at(-1) ?? 0));
    }
    expect(rests.filter((ms) => ms > 0)).toEqual([1000, 2000, 4000, 1000]);
    expect(bench.sent.slice(0, 4).map((at) => at - START)).toEqual([0, 1000, 3000, 7000]);
  });

  test("that asks for no pause gets one all the same", async () => {
    const bench = openBench(limited("0"), limited("0"));
    const meter = bench.open();
    await ask(meter);
    await ask(meter);
    await ask(meter);
    expect(bench.sent.map((at) => at - START)).toEqual([0, 1000, 2000]);
  });

  test("that asks for longer than the slice ends it: nothing is asked in vain", async () => {
    const bench = openBench(limited("60"));
    const meter = bench.open();
    await ask(meter);
    const turn = await meter.reserve();
    expect(turn).toMatchObject({ ok: false, error: { kind: "exhausted", until: START + 60_000 } });
    expect(bench.sent).toHaveLength(1);
  });

  test("reaches calls that were already waiting for their turn", async () => {
    const bench = openBench(limited("5"));
    const meter = bench.open({ per_second: 10 });
    await Promise.all([ask(meter), ask(meter), ask(meter)]);
    expect(bench.sent.slice(1).every((at) => at >= START + 5000)).toBe(true);
  });

  test("is remembered as a rest by whoever read something before it", async () => {
    const bench = openBench(limited("5"));
    const meter = bench.open();
    expect(meter.hasRestedSince(START)).toBe(false);
    await ask(meter);
    expect(meter.hasRestedSince(START)).toBe(true);
    await ask(meter);
    expect(meter.hasRestedSince(bench.now)).toBe(false);
  });

  test("a 503 stops the source only when it names a time", async () => {
    const bench = openBench(
      new Response("", { status: 503 }),
      new Response("", { status: 503, headers: { "retry-after": "3" } }),
    );
    const meter = bench.open();
    await ask(meter);
    await ask(meter);
    await ask(meter);
    expect(bench.sent.map((at) => at - START)).toEqual([0, 0, 3000]);
  });
});

describe("the calls of a slice", () => {
  test("are counted, first and further ones of a turn alike, and never exceeded", async () => {
    const bench = openBench();
    const meter = bench.open({ calls: 5 });
    const turn = await meter.reserve();
    const statuses: (string | number)[] = [];
    for (let call = 0; call < 4 && turn.ok; call++) {
      const answer = await turn.value.fetch("https://a.test", {});
      statuses.push(answer.ok ? answer.value.status : answer.error.kind);
    }
    statuses.push(await ask(meter), await ask(meter));
    expect(statuses).toEqual([200, 200, 200, 200, 200, "exhausted"]);
    expect(bench.sent).toHaveLength(5);
    expect(meter.calls).toBe(5);
  });

  test("count queries, and refuse what is more than is left", async () => {
    const bench = openBench();
    const meter = bench.open({ calls: 10 });
    const first = await meter.reserve();
    expect(first.ok && first.value.spend(4).ok).toBe(true);
    const second = await meter.reserve();
    expect(second.ok && second.value.spend(4).ok).toBe(true);
    expect(meter.calls).toBe(8);
    const third = await meter.reserve();
    expect(third.ok ? third.value.spend(4) : third).toMatchObject({
      ok: false,
      error: { kind: "exhausted" },
    });
    // A slice that cannot do its next step is over, or it would be tried again at once, for ever.
    expect(meter.isSpent()).toBe(true);
    expect(meter.calls).toBeLessThanOrEqual(10);
  });

  test("end with its time", async () => {
    const bench = openBench();
    const meter = bench.open();
    bench.now = START + 25_000;
    expect(await ask(meter)).toBe("exhausted");
    expect(bench.sent).toEqual([]);
  });

  test("an answer that does not come is a fault, not an exception", async () => {
    const timeout = Object.assign(new Error("timed out at https://a.test/secret"), {
      name: "TimeoutError",
    });
    const bench = openBench(timeout, new Error("reset"));
    const meter = bench.open();
    const turn = await meter.reserve();
    const answer = turn.ok ? await turn.value.fetch("https://a.test", {}) : turn;
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: "unavailable", detail: "no answer in time" },
    });
    expect(await ask(meter)).toBe("unavailable");
  });
});

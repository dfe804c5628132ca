import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoff } from "../../../src/core/pace/retry_after.ts";
import { Meter } from "../../../src/custodian/pace/meter.ts";
import { NEW_PACE, type PaceTable } from "../../../src/custodian/tables/pace.ts";
import { NO_TOTALS } from "../../../src/core/pace/totals.ts";
import { SourcePace } from "../../../src/custodian/pace/source_pace.ts";
import { overWindow } from "../../../src/custodian/job/side_by_side.ts";
import { MAX_TRIES } from "../../../src/custodian/job/faults.ts";
import type { Runtime } from "../../../src/platform/runtime.ts";
import type { Turn } from "../../../src/sources/source.ts";

const START = 1_000_000;
const OUTAGE_MS = 10_000;

interface Row {
  tries: number;
  not_before: number;
}

interface Told {
  /** Calls about sessions that were sent in the outage, and the questions whether the source answers. */
  readonly calls: number;
  readonly pings: number;
  readonly most_tries: number;
  readonly left: number;
}

/** Reads rows at a source that answers nothing for ten seconds, as the engine does. */
async function runOutage(how: {
  readonly latency: number;
  readonly rows: number;
  readonly healthy?: number;
  readonly random: () => number;
}): Promise<Told> {
  let now = START;
  const sleepers: { at: number; wake: () => void }[] = [];
  const wakeNext = (): void => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (next !== undefined) {
      now = Math.max(now, next.at);
      next.wake();
      setImmediate(wakeNext);
    }
  };
  const runtime: Runtime = {
    now: () => now,
    random: how.random,
    randomBytes: (length) => new Uint8Array(length),
    sleep: async (ms) =>
      new Promise((wake) => {
        sleepers.push({ at: now + ms, wake });
        setImmediate(wakeNext);
      }),
  };
  const from = START + (how.healthy ?? 0);
  const isOut = (): boolean => now >= from && now < from + OUTAGE_MS;
  let calls = 0;
  let pings = 0;
  const ask = async (turn: Turn): Promise<boolean> => {
    const answer = await turn.fetch("https://a.test", {});
    turn.ended(!answer.ok);
    return answer.ok;
  };
  const table: Pick<PaceTable, "load" | "save"> = {
    load: () => ({ state: NEW_PACE, totals: NO_TOTALS }),
    save: () => undefined,
  };
  const meter = new Meter(
    runtime,
    new SourcePace(table as PaceTable),
    { per_second: null, calls: 1e6, width: 6, until: Infinity },
    {
      fetch: async () => {
        const fails = isOut();
        calls += fails ? 1 : 0;
        await runtime.sleep(how.latency);
        if (fails) {
          throw new Error("reset");
        }
        return new Response();
      },
      ping: async (turn) => {
        pings += isOut() ? 1 : 0;
        return ask(turn);
      },
    },
  );
  const open = new Set<Row>(
    Array.from({ length: how.rows }, () => ({ tries: 0, not_before: START })),
  );
  let mostTries = 0;
  for (let step = 0; open.size > 0 && step < 100_000; step++) {
    const ready = [...open].filter((row) => row.not_before <= now);
    const stop = await overWindow(
      () => meter.width(),
      () => ready.shift() ?? null,
      async (row) => {
        const turn = await meter.reserve(null, { in_window: true, again: row.tries > 0 });
        if (!turn.ok) {
          const until = turn.error.kind === "exhausted" ? turn.error.until : now;
          return { kind: "wait", until };
        }
        if (await ask(turn.value)) {
          open.delete(row);
        } else {
          row.not_before = now + 500 + backoff(row.tries, runtime.random());
          row.tries += meter.isAnswering() ? 1 : 0;
          mostTries = Math.max(mostTries, row.tries);
        }
        return null;
      },
    );
    const next = Math.min(...[...open].map((row) => row.not_before));
    const until = stop?.kind === "wait" ? stop.until : next;
    if (open.size > 0 && until > now) {
      await runtime.sleep(until - now);
    }
  }
  return { calls: calls - pings, pings, most_tries: mostTries, left: open.size };
}

describe("a source that answers nothing for ten seconds", () => {
  test.each([20, 50, 100, 150, 200, 300])(
    "with answers after %i ms is asked a dozen times at most, and then whether it answers",
    async (latency) => {
      for (const healthy of [0, 1000]) {
        const told = await runOutage({ latency, rows: 500, healthy, random: () => 0.5 });
        expect(told.calls).toBeLessThanOrEqual(12);
        expect(told.pings).toBeGreaterThan(0);
        expect(told.pings).toBeLessThanOrEqual(5);
        expect(told).toMatchObject({ left: 0 });
      }
    },
  );

  test("uses up the tries of no session, however many there are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          latency: fc.integer({ min: 1, max: 400 }),
          rows: fc.integer({ min: 1, max: 40 }),
          seed: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
            minLength: 1,
            maxLength: 20,
          }),
        }),
        async ({ latency, rows, seed }) => {
          let drawn = 0;
          const random = (): number => seed[drawn++ % seed.length] ?? 0;
          const told = await runOutage({ latency, rows, random });
          expect(told.most_tries).toBeLessThan(MAX_TRIES);
          expect(told.calls).toBeLessThanOrEqual(12);
          expect(told.left).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { paidAt, payBudget } from "../../../src/core/pace/bucket.ts";
import {
  afterTurn,
  costOf,
  nextTurn,
  NO_TURNS,
  standingOf,
  type RunnableJob,
} from "../../../src/core/pace/turns.ts";

const TEN_MINUTES = 600_000;
/** What a step may take while others wait. */
const STEP_MS = 500;
const STEP_ROWS = 100;
/** Who waits for no longer is in line. */
const SOON_MS = 10_000;

/** A policy with more to remove than fits: its calls come in pairs, a read and a removal. */
interface Policy {
  /** Calls a second; null: as fast as the source. */
  readonly budget: number | null;
  /** Milliseconds of its first call, a list that is read as one stream. */
  readonly list: number;
  /** When its sweep begins, in milliseconds. */
  readonly from: number;
}

interface Run {
  readonly policy: Policy;
  served: number;
  nextAt: number;
  /** When it may be asked again. */
  at: number;
  ready: number;
  listed: boolean;
  /** When each of its calls went out. */
  readonly calls: number[];
}

function job(no: number, served: number): RunnableJob {
  return { no, kind: "sweep", served, at: 0 };
}

/** Serves policies as a slice does, on a source that takes a call every so many milliseconds. */
function simulate(policies: readonly Policy[], callMs: number, span: number): Run[] {
  const runs = policies.map((policy): Run => {
    const { from } = policy;
    return { policy, served: 0, nextAt: 0, at: from, ready: from, listed: false, calls: [] };
  });
  let clock = NO_TURNS;
  let now = 0;
  while (now < span) {
    const jobs = runs.flatMap(({ at, served }, no): RunnableJob[] =>
      at < now + SOON_MS ? [{ no, kind: "sweep", served, at }] : [],
    );
    const turn = nextTurn(jobs, clock, now);
    const run = turn === null ? undefined : runs[turn.no];
    if (turn === null || run === undefined) {
      now = Math.max(now + 1, Math.min(...runs.map(({ at }) => at)));
      continue;
    }
    clock = afterTurn(clock, turn, jobs);
    const from = now;
    const { calls } = run;
    const before = calls.length;
    const late = now - run.ready;
    run.ready = now;
    if (!run.listed) {
      run.listed = true;
      calls.push(now);
      now += run.policy.list;
    }
    const { budget } = run.policy;
    for (let rows = 0; rows < STEP_ROWS && now < from + STEP_MS; rows++) {
      if (budget !== null && paidAt(run.nextAt, now) > now) {
        run.at = Math.ceil(run.nextAt);
        run.ready = from;
        break;
      }
      for (const _ of ["read", "removal"]) {
        run.nextAt = budget === null ? 0 : payBudget(run.nextAt, budget, now, late);
        calls.push(now);
        now += callMs;
      }
      run.ready = now;
    }
    run.served = standingOf(turn, clock) + costOf(now - from, calls.length - before);
    now += now === from ? 1 : 0;
  }
  return runs;
}

/** What each of so many policies has of a source if none gets more than it asks for (max-min fairness). */
function fairShares(wants: readonly (number | null)[], whole: number): number[] {
  const open = wants.map((want, index) => ({ want: want ?? Infinity, index }));
  const shares = wants.map(() => 0);
  let left = whole;
  open.sort((a, b) => a.want - b.want);
  for (const [place, { want, index }] of open.entries()) {
    const share = Math.min(want, left / (open.length - place));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

const perSecond = fc.oneof(
  fc.constantFrom(0.2, 0.5, 1, 5),
  fc.double({ min: 0.2, max: 60, noNaN: true }),
);
const policy = fc.record({
  budget: fc.option(perSecond, { freq: 2, nil: null }),
  list: fc.integer({ min: 1, max: 20_000 }),
  from: fc.integer({ min: 0, max: 60_000 }),
});

describe("turns", () => {
  test("give every policy at least half of its fair share in every ten minutes", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 5, max: 400 }),
        (policies, callMs) => {
          const start = Math.max(...policies.map(({ from }) => from));
          const lists = policies.reduce((sum, { list }) => sum + list, 0);
          const runs = simulate(policies, callMs, start + lists + 2 * TEN_MINUTES);
          const shares = fairShares(
            policies.map(({ budget }) => budget),
            1000 / callMs,
          );
          for (let from = start + lists; from <= start + lists + TEN_MINUTES; from += 60_000) {
            for (const [index, { calls }] of runs.entries()) {
              const had = calls.filter((at) => at >= from && at < from + TEN_MINUTES).length;
              expect(had).toBeGreaterThanOrEqual(Math.floor(((shares[index] ?? 0) * 600) / 2));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test("keep every budget: no policy ever asks for more than it may", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 5, max: 400 }),
        (policies, callMs) => {
          for (const {
            policy: { budget },
            calls,
          } of simulate(policies, callMs, 120_000)) {
            const paced = calls.slice(1);
            const seconds = ((paced.at(-1) ?? 0) - (paced[0] ?? 0)) / 1000;
            // A pair goes together, and a second of time that others took is made up for.
            const most = (budget ?? Infinity) * (seconds + 1) + 2;
            expect(paced.length).toBeLessThanOrEqual(most);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("count calls and steps where the clock stands still", () => {
    const served = [0, 0, 0, 0, 0, 0, 0, 0];
    const turns = served.map(() => 0);
    let clock = NO_TURNS;
    for (let step = 0; step < 800; step++) {
      const jobs = served.map((had, no): RunnableJob => ({
        no,
        kind: "sweep",
        served: had,
        at: 0,
      }));
      const turn = nextTurn(jobs, clock, 0);
      if (turn === null) {
        throw new Error("somebody may run");
      }
      clock = afterTurn(clock, turn, jobs);
      served[turn.no] = standingOf(turn, clock) + costOf(0, turn.no);
      turns[turn.no] = (turns[turn.no] ?? 0) + 1;
    }
    const calls = turns.map((n, no) => n * no);
    expect(Math.min(...calls.slice(1))).toBeGreaterThan(Math.max(...calls) * 0.9);
    expect(turns[0]).toBeGreaterThan(0);
  });

  test("let an erasure go before any sweep, and erasures before each other by what they had", () => {
    const sweep = job(1, 0);
    const long: RunnableJob = { ...job(2, 90_000), kind: "erasure" };
    const short: RunnableJob = { ...job(3, 80_000), kind: "erasure" };
    const clock = { erasure: 80_000, sweep: 5000 };
    expect(nextTurn([sweep, long, short], clock, 0)).toBe(short);
    expect(nextTurn([sweep, long], clock, 0)).toBe(long);
    expect(nextTurn([sweep, { ...long, at: 1 }], clock, 0)).toBe(sweep);
    expect(nextTurn([], clock, 0)).toBeNull();
  });

  test("give whoever was away, or is new, no turns for the time in which it asked for none", () => {
    const clock = { erasure: 0, sweep: 1_000_000 };
    const away = job(1, 0);
    expect(standingOf(away, clock)).toBeGreaterThan(999_000);
    expect(afterTurn(clock, away, [away])).toEqual(clock);
  });

  test("lose nobody's place who is away for a time while another, ahead by far, has the turn", () => {
    const clock = { erasure: 0, sweep: 50_000 };
    const [ahead, away] = [job(1, 300_000), { ...job(2, 60_000), at: 1 }];
    const next = afterTurn(clock, ahead, [ahead, away]);
    expect(next.sweep).toBe(60_000);
    expect(nextTurn([ahead, away], next, 1)).toBe(away);
  });

  test("lose no more than a long step to a clock that jumps ahead in one", () => {
    const jumped = standingOf(job(0, 0), NO_TURNS) + costOf(365 * 86_400_000, 2);
    expect(jumped).toBe(costOf(TEN_MINUTES / 2, 2));
    expect(jumped).toBeLessThan(TEN_MINUTES);
  });

  test("take no step back with a clock that goes back", () => {
    expect(costOf(-5000, 3)).toBe(costOf(0, 3));
    expect(costOf(0, 0)).toBeGreaterThan(0);
  });
});

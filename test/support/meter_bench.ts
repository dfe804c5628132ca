import { Meter, type MeterLimits } from "../../src/custodian/pace/meter.ts";
import { NEW_PACE, type PaceState, type PaceTable } from "../../src/custodian/tables/pace.ts";
import { NO_TOTALS, type PaceTotals } from "../../src/core/pace/totals.ts";
import { SourcePace, type Budget } from "../../src/custodian/pace/source_pace.ts";
import type { Runtime } from "../../src/platform/runtime.ts";

export const START = 1_000_000;

export interface Bench {
  now: number;
  pace: PaceState;
  totals: PaceTotals;
  /** What the network answers, in turn; 200 after the last. */
  readonly answers: (Response | Error)[];
  /** When each call went out. */
  readonly sent: number[];
  /** How often it was asked whether it answers. */
  pings: number;
  /** A meter on the pace as it was stored, or on one that another meter has too. */
  open(limits?: Partial<MeterLimits>, pace?: SourcePace): Meter;
  share(): SourcePace;
}

/** A pace with a clock that jumps and a network that answers what it is told to. */
export function openBench(...answers: (Response | Error)[]): Bench {
  const sleepers: { at: number; wake: () => void }[] = [];
  /** Time stands still while anybody is awake, and then jumps to whoever sleeps the shortest. */
  const wakeNext = (): void => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (next !== undefined) {
      bench.now = Math.max(bench.now, next.at);
      next.wake();
      setImmediate(wakeNext);
    }
  };
  const runtime: Runtime = {
    now: () => bench.now,
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length),
    sleep: async (ms) =>
      new Promise((wake) => {
        sleepers.push({ at: bench.now + ms, wake });
        setImmediate(wakeNext);
      }),
  };
  // Stands for a table of the object's own database, which outlives every meter.
  const table: Pick<PaceTable, "load" | "save"> = {
    load: () => ({ state: bench.pace, totals: bench.totals }),
    save: (pace, totals) => {
      bench.pace = { ...pace };
      bench.totals = totals;
    },
  };
  const bench: Bench = {
    now: START,
    pace: NEW_PACE,
    totals: NO_TOTALS,
    answers,
    sent: [],
    pings: 0,
    share: () => new SourcePace(table as PaceTable),
    open: (limits = {}, pace = new SourcePace(table as PaceTable)) =>
      new Meter(
        runtime,
        pace,
        { per_second: null, calls: 900, width: 6, until: START + 25_000, ...limits },
        {
          fetch: async () => {
            bench.sent.push(bench.now);
            const answer = bench.answers.shift() ?? new Response();
            if (answer instanceof Error) {
              throw answer;
            }
            return answer;
          },
          ping: async (turn) => {
            bench.pings += 1;
            const answer = await turn.fetch("https://a.test", {});
            turn.ended(!answer.ok);
          },
        },
      ),
  };
  return bench;
}

/** One call as a source makes it: its fault's kind, or the status. */
export async function ask(meter: Meter, budget: Budget | null = null): Promise<string | number> {
  const turn = await meter.reserve(budget);
  const answer = turn.ok ? await turn.value.fetch("https://a.test", {}) : turn;
  return answer.ok ? answer.value.status : answer.error.kind;
}

/** A 429, which may name a time. */
export function limited(after?: string): Response {
  const headers = after === undefined ? undefined : { "retry-after": after };
  return new Response("", { status: 429, ...(headers === undefined ? {} : { headers }) });
}

import {
  afterTurn,
  costOf,
  nextTurn,
  NO_TURNS,
  standingOf,
  type RunnableJob,
  type TurnClock,
} from "../../core/pace/turns.ts";
import type { Work } from "../job/work.ts";
import type { StepResult } from "../job/result.ts";

/** Who waits for no longer than this is in line: a pair of calls of the lowest budget comes within it. */
const SOON_MS = 10_000;

/** Whose turn it is within one slice, and what each turn cost. */
export class Turns {
  readonly #work: Work;
  #clock: TurnClock;
  #runnable: readonly RunnableJob[] = [];
  #from = { at: 0, calls: 0, throttled: 0 };
  /** From when on each job could have gone on, had others not been served. */
  readonly #ready = new Map<number, number>();
  /** Until when each job waits for its own budget. */
  readonly #unpaid = new Map<number, number>();

  constructor(work: Work) {
    this.#work = work;
    this.#clock = work.facts.get("turns") ?? NO_TURNS;
  }

  next(now: number): RunnableJob | null {
    this.#runnable = this.#work.jobs.turns.runnable(now + SOON_MS);
    return nextTurn(this.#runnable, this.#clock, now);
  }

  /** When the first budget is paid again; null when no job waits for that. */
  paidAt(now: number): number | null {
    const times = [...this.#unpaid.values()].filter((at) => at > now);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Begins the step of a job. */
  begin(turn: RunnableJob): void {
    const { runtime, meter } = this.#work;
    const at = runtime.now();
    this.#clock = afterTurn(this.#clock, turn, this.#runnable);
    this.#unpaid.delete(turn.no);
    this.#from = { at, calls: meter.calls, throttled: meter.throttledMs };
    meter.beginStep(at - (this.#ready.get(turn.no) ?? at));
  }

  /** Counts a step, whatever it came to. */
  end(turn: RunnableJob, result: StepResult | null): void {
    const { runtime, meter, jobs } = this.#work;
    const [now, from] = [runtime.now(), this.#from];
    // A rest of the source that came in its step is not service.
    const rested = meter.throttledMs - from.throttled;
    const cost = costOf(now - from.at - rested, meter.calls - from.calls);
    jobs.turns.served(turn.no, standingOf(turn, this.#clock) + cost);
    this.#ready.delete(turn.no);
    if (result?.kind === "again") {
      this.#ready.set(turn.no, now);
    } else if (result?.kind === "wait" && result.by === "budget") {
      // Its calls are paid up to a time after this one: only that counts.
      this.#ready.set(turn.no, from.at);
      this.#unpaid.set(turn.no, Math.ceil(result.until));
    }
  }

  save(): void {
    this.#work.facts.put("turns", this.#clock);
  }
}

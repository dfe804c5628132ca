import type { Runtime } from "../../platform/runtime.ts";

/** Callers that wait behind the one whose session is read, and for how long at most. */
const MOST_WAITING = 10;
const LONGEST_WAIT_MS = 5000;

/** Of five calls one is a caller's, and so is one fifth of the time where nothing says how fast calls may go. */
const SHARE = 5;

/** However slow the source was, the next call of a caller waits no longer for its share. */
const LONGEST_PAUSE_MS = 5000;

const LONGEST_RETRY_SECONDS = 60;

/** What a caller may be told instead: after how many seconds to come again. */
export interface Busy {
  readonly kind: "busy";
  readonly retry_after: number;
}

/** What holds the calls of one meter back, so that others have the rest of the source. */
export interface Share {
  /** When the next call may go, at a pace of so many calls a second. */
  next(perSecond: number | null, now: number): number;
  granted(now: number): void;
}

/**
 * Reads that somebody waits for, one at a time, with one call in five for as long as jobs want the source.
 * Its place in time is in memory alone: after a restart nobody waits.
 */
export class ReadLane implements Share {
  readonly #runtime: Runtime;
  readonly #isWanted: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  /** When the last call went, and when it ended; null: it may still be under way. */
  #granted = 0;
  #ended: number | null = 0;
  /** How long the last read took. */
  #tookMs = 0;

  constructor(runtime: Runtime, isWanted: () => boolean) {
    this.#runtime = runtime;
    this.#isWanted = isWanted;
  }

  /** Runs a read when its turn has come; else says after how many seconds to ask again. */
  async run<T>(read: () => Promise<T>): Promise<T | Busy> {
    if (!(await this.#enter())) {
      return { kind: "busy", retry_after: this.#retryAfter() };
    }
    const from = this.#runtime.now();
    try {
      return await read();
    } finally {
      const now = this.#runtime.now();
      this.#tookMs = now - from;
      this.#ended ??= now;
      const next = this.#waiting.shift();
      this.#isTaken = next !== undefined;
      next?.();
    }
  }

  next(perSecond: number | null, now: number): number {
    if (!this.#isWanted()) {
      return now;
    }
    // Whoever asks for the next call has the answer to the last one.
    this.#ended ??= now;
    const took = Math.max(1, this.#ended - this.#granted);
    const paced = perSecond === null ? 0 : (SHARE * 1000) / perSecond;
    const pause = Math.max(paced, Math.min(SHARE * took, LONGEST_PAUSE_MS));
    const at = this.#granted + pause;
    // A time that is further ahead was set by a clock that went back.
    return at > now + pause ? now : Math.max(now, at);
  }

  granted(now: number): void {
    this.#granted = now;
    this.#ended = null;
  }

  async #enter(): Promise<boolean> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return true;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      return false;
    }
    return new Promise((resolve) => {
      const start = (): void => resolve(true);
      this.#waiting.push(start);
      void this.#runtime.sleep(LONGEST_WAIT_MS).then(() => {
        const place = this.#waiting.indexOf(start);
        if (place >= 0) {
          this.#waiting.splice(place, 1);
          resolve(false);
        }
      });
    });
  }

  #retryAfter(): number {
    const seconds = Math.ceil((this.#tookMs * (this.#waiting.length + 1)) / 1000);
    return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, seconds));
  }
}

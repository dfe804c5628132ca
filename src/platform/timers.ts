/** The longest that a job waits: the longest Retry-After that is heeded. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * The timers of one object. Its alarm is the earliest row, so that many waits share the one alarm the
 * platform gives. Both objects have a table `timers (name, at)`.
 */
export class Timers {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Sets a timer, in epoch milliseconds; a second one of the same name replaces the first. */
  set(name: string, at: number): void {
    this.#storage.sql.exec(
      "INSERT OR REPLACE INTO timers (name, at) VALUES (?, ?)",
      name,
      Math.ceil(at),
    );
  }

  /** Sets a timer, or clears it where there is nothing to wait for. */
  setOrClear(name: string, at: number | null): void {
    if (at === null) {
      this.clear(name);
    } else {
      this.set(name, at);
    }
  }

  /** Brings back timers that a clock ahead has set: no job waits for more than a day. */
  recallJobs(now: number): void {
    this.#storage.sql.exec(
      "UPDATE timers SET at = ?1 WHERE name GLOB 'job:*' AND at > ?1 + ?2",
      now,
      LONGEST_WAIT_MS,
    );
  }

  /** Lets jobs go on at a time. */
  setJobs(ids: readonly string[], at: number): void {
    for (const id of ids) {
      this.set(`job:${id}`, at);
    }
  }

  clear(name: string): void {
    this.#storage.sql.exec("DELETE FROM timers WHERE name = ?", name);
  }

  /** When a timer comes; null when it is not set. */
  at(name: string): number | null {
    const [row] = this.#storage.sql
      .exec<{ at: number }>("SELECT at FROM timers WHERE name = ?", name)
      .toArray();
    return row?.at ?? null;
  }

  earliest(): number | null {
    return this.#storage.sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM timers").one()
      .at;
  }

  /** Sets an alarm that the platform has lost: whatever calls the object does this. */
  async rearm(now: number): Promise<void> {
    if (this.earliest() !== null && (await this.#storage.getAlarm()) === null) {
      await this.arm(now);
    }
  }

  /** Points the alarm at the earliest timer, or takes it away. */
  async arm(now: number): Promise<void> {
    const at = this.earliest();
    if (at === null) {
      await this.#storage.deleteAlarm();
    } else {
      await this.#storage.setAlarm(Math.max(at, now));
    }
  }
}

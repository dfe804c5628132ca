import type { CustodianApi, TakenJob } from "../contract/custodian.ts";
import { atMost } from "../platform/deadline.ts";
import { describeThrown, writeLog } from "../platform/log.ts";
import type { Tables } from "./records.ts";
import type { QueuedCommand } from "./tables/commands.ts";

/** How long a Custodian may take to write a command down. */
const ANSWER_MS = 5000;

/** How long a Custodian that was away is left alone: doubled with each time in a row, up to the longest. */
const RESEND_MS = 2000;
const LONGEST_RESEND_MS = 30_000;

type Sent = Pick<Tables, "commands" | "timers" | "runtime">;

/** Finds the Custodian of a source. */
export type Locate = (source: string) => Pick<CustodianApi, "command" | "wake">;

/**
 * Takes commands to the Custodians: those of one source in order, the sources side by side, so that one
 * that is away, or hangs, holds up no other.
 */
export class Courier {
  readonly #records: Sent;
  readonly #locate: Locate;
  readonly #underWay = new Set<string>();
  readonly #away = new Map<string, { readonly times: number; readonly until: number }>();

  constructor(records: Sent, locate: Locate) {
    this.#records = records;
    this.#locate = locate;
  }

  /** Sends what is pending. What cannot be delivered goes again by the alarm. */
  async send(): Promise<void> {
    const now = this.#records.runtime.now();
    const sources = this.#records.commands
      .sources()
      .filter((source) => !this.#underWay.has(source) && this.#isNear(source, now));
    if (sources.length > 0) {
      // Should this object die while it sends, its alarm goes on.
      this.#records.timers.set("commands", now + RESEND_MS);
      await this.#records.timers.arm(now);
      await Promise.all(sources.map(async (source) => this.#sendTo(source)));
    }
    await this.#armForRest();
  }

  /** Lets every Custodian go on with whatever is due, and tells it which jobs it has taken. */
  async wakeAll(taken: ReadonlyMap<string, readonly TakenJob[]>): Promise<void> {
    await Promise.all([...taken].map(async ([source, jobs]) => this.#wake(source, jobs)));
  }

  async #wake(source: string, taken: readonly TakenJob[]): Promise<void> {
    if (!this.#isNear(source, this.#records.runtime.now())) {
      return;
    }
    try {
      await atMost(ANSWER_MS, this.#locate(source).wake(taken));
    } catch (cause) {
      writeLog("error", "registrar.wake.failed", { source, ...describeThrown(cause) });
    }
  }

  async #sendTo(source: string): Promise<void> {
    this.#underWay.add(source);
    try {
      for (;;) {
        const queued = this.#records.commands.first(source);
        if (queued === null) {
          this.#away.delete(source);
          return;
        }
        if (!(await this.#sendOne(queued))) {
          this.#miss(source);
          return;
        }
        this.#records.commands.acknowledged(queued);
      }
    } finally {
      this.#underWay.delete(source);
    }
  }

  async #sendOne({ source, command }: QueuedCommand): Promise<boolean> {
    try {
      await atMost(ANSWER_MS, this.#locate(source).command(command));
      return true;
    } catch (cause) {
      writeLog("error", "registrar.command.failed", {
        source,
        command: command.do,
        ...describeThrown(cause),
      });
      return false;
    }
  }

  #miss(source: string): void {
    const times = this.#away.get(source)?.times ?? 0;
    const rest = Math.min(LONGEST_RESEND_MS, RESEND_MS * 2 ** Math.min(times, 10));
    this.#away.set(source, { times: times + 1, until: this.#records.runtime.now() + rest });
  }

  #isNear(source: string, now: number): boolean {
    const until = this.#away.get(source)?.until ?? 0;
    return until <= now || until > now + LONGEST_RESEND_MS;
  }

  async #armForRest(): Promise<void> {
    const now = this.#records.runtime.now();
    const left = this.#records.commands.sources();
    if (left.length === 0) {
      this.#records.timers.clear("commands");
    } else {
      const next = Math.min(...left.map((source) => this.#away.get(source)?.until ?? 0));
      this.#records.timers.set("commands", Math.max(next, now + RESEND_MS));
    }
    await this.#records.timers.arm(now);
  }
}

import type { JobError } from "../../core/report/job.ts";
import type { Timers } from "../../platform/timers.ts";
import type { Command, JobOrder, News, StopAs, TakenJob } from "../../contract/custodian.ts";
import { jobOf, note, startOf, type Jobs } from "../tables/jobs.ts";
import { newsOf } from "./news.ts";
import type { Outbox } from "../tables/outbox.ts";

/** Answers where the Registrar and this object know different jobs: one of the two was restored to a time before. */
export class KnownOrders {
  readonly #jobs: Jobs;
  readonly #outbox: Outbox;
  readonly #timers: Timers;

  constructor(jobs: Jobs, outbox: Outbox, timers: Timers) {
    this.#jobs = jobs;
    this.#outbox = outbox;
    this.#timers = timers;
  }

  /** Answers a command about a job that is not new, where nothing is left to do here; false: there is. */
  answer(command: Command, source: string, now: number): boolean {
    if (command.do === "start") {
      this.#tellKnown(command.order, source, now);
      return true;
    }
    if (this.#jobs.byId(command.id) !== null) {
      return false;
    }
    this.#tellLost(command.id, command.do === "stop" ? command.as : null, source, now);
    return true;
  }

  /** Tells of each job that is not here among those that the Registrar counts on. */
  tellMissing(taken: readonly TakenJob[], source: string, now: number): void {
    for (const id of this.#jobs.known.missing(taken)) {
      this.#tellLost(id, null, source, now);
    }
  }

  /**
   * Answers an order that comes again when its job has ended and is gone: the Registrar was restored to a time
   * before it did, and would wait for its end for ever. What it came to is not known here any more.
   */
  #tellKnown(order: JobOrder, source: string, now: number): void {
    if (this.#jobs.byId(order.id) !== null) {
      return;
    }
    const what = order.kind === "sweep" ? "the next sweep plans anew" : "ask for the erasure again";
    const job = jobOf({ no: 0, id: order.id, order, progress: startOf(order), failed_attempts: 0 });
    const error: JobError = {
      code: "order_known",
      message: `${source} has carried this out before an object was restored, and what it came to is not known any more: ${what}`,
    };
    job.progress = { ...job.progress, phase: "ended", error };
    note(job, "end", { as: order.kind === "sweep" ? "stopped" : "failed", at: now });
    this.#tell(newsOf(job, source, []), now);
  }

  /**
   * Tells of a job that the Registrar counts on and that is not here: this object was restored to a time before
   * it, or the job was stopped before its order came. It never begins.
   */
  #tellLost(id: string, stopAs: StopAs | null, source: string, now: number): void {
    const kept = this.#jobs.byId(id);
    if (kept === null) {
      this.#jobs.known.forbid(id, now);
    }
    this.#tell(kept === null ? { kind: "lost", id, as: stopAs } : newsOf(kept, source, []), now);
  }

  /** Where the job's own last news is on its way, that counts. */
  #tell(news: News, now: number): void {
    this.#outbox.putFirst(news);
    this.#timers.set("outbox", now);
  }
}

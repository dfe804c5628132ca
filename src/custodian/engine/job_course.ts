import { describeThrown, writeLog } from "../../platform/log.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Timers } from "../../platform/timers.ts";
import type { Work } from "../job/work.ts";
import { newsOf } from "../record/news.ts";
import type { Job } from "../tables/jobs.ts";
import type { Outbox } from "../tables/outbox.ts";
import type { Rows } from "../tables/rows.ts";
import { abandonAll } from "./abandon.ts";
import { SLICE_MS, type SliceEvents } from "./slice.ts";

/** Where an object keeps what becomes of its jobs. */
interface Kept {
  readonly storage: DurableObjectStorage;
  readonly runtime: Runtime;
  readonly rows: Rows;
  readonly outbox: Outbox;
  readonly timers: Timers;
}

/** What becomes of a job that has moved: its news, its time to go on, its end. */
export class JobCourse {
  readonly #kept: Kept;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /** Writes down what a slice tells of its jobs. */
  events(work: Work): SliceEvents {
    const { outbox, runtime, timers } = this.#kept;
    const { not_erased: notErased } = work.source.capabilities;
    return {
      moved: (job) => {
        work.atomically(() => {
          if (!this.#isOld(job)) {
            outbox.put(newsOf(job, work.source_name, notErased));
            // After a crash before the delivery, the next tick finds that something is due.
            timers.set("outbox", runtime.now());
          }
          if (job.progress.phase === "ended") {
            this.#end(job);
          }
        });
      },
      waits: (job, until) => timers.setOrClear(`job:${job.id}`, until),
      broke: (job, cause) => {
        writeLog("error", "custodian.step.failed", {
          source: work.source_name,
          job: job.id,
          phase: job.progress.phase,
          ...describeThrown(cause),
        });
      },
    };
  }

  /** Ends every job of a source that cannot be opened, and says so. */
  async failAll(source: string): Promise<void> {
    const { outbox, rows, runtime, storage } = this.#kept;
    await abandonAll(rows, storage.sql, runtime, source, SLICE_MS, (job) =>
      storage.transactionSync(() => {
        if (!this.#isOld(job)) {
          outbox.put(newsOf(job, source, []));
        }
        this.#finish(job);
      }),
    );
  }

  /** A job that has ended goes; a preview stays, for its plan to be read, until its time is over. */
  #end(job: Job): void {
    const { rows, timers } = this.#kept;
    const { plan_until: until } = job.progress.end;
    if (until === null || this.#isOld(job)) {
      this.#finish(job);
      return;
    }
    rows.jobs.save(job);
    rows.jobs.forgetIdentifiers(job);
    timers.set(`job:${job.id}`, until);
  }

  /** Whether the plan of a preview has had its time. That it ended was told a day ago, and is no news now. */
  #isOld({ progress }: Job): boolean {
    const { plan_until: until } = progress.end;
    return until !== null && until <= this.#kept.runtime.now();
  }

  #finish(job: Job): void {
    const { rows, runtime, timers } = this.#kept;
    timers.clear(`job:${job.id}`);
    rows.jobs.finish(job, runtime.now());
  }
}

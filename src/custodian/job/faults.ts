import { backoff } from "../../core/pace/retry_after.ts";
import type { JobError } from "../../core/report/job.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Stop } from "../holds/restraints.ts";
import type { Job } from "../tables/jobs.ts";
import { type StepResult, progressed, endJob } from "./result.ts";
import type { Work } from "./work.ts";

/** Tries of one session before it is given up. */
export const MAX_TRIES = 5;

/** How long a job waits for a pause without an end, or for the Registrar; being told to go on ends it. */
const PAUSED_MS = 600000;
const UNCONFIRMED_MS = 5000;

/** What a stop of all removals means for a job: it waits, and the wait is no failed attempt. */
export function onStop({ runtime }: Pick<Work, "runtime">, job: Job, stop: Stop): StepResult {
  const now = runtime.now();
  progressed(job);
  if (stop.kind === "unconfirmed") {
    const message =
      "the Registrar did not confirm holds and switch: nothing is removed until it does";
    job.progress = { ...job.progress, error: { code: "unconfirmed", message } };
    return { kind: "wait", until: now + UNCONFIRMED_MS };
  }
  const message = "removals are paused: nothing is removed until the pause ends";
  job.progress = { ...job.progress, error: { code: "paused", message } };
  // An end that this clock has passed and the Registrar's has not is asked for again in a while.
  const until = Math.min(stop.until ?? Infinity, now + PAUSED_MS);
  return { kind: "wait", until: Math.max(until, now + UNCONFIRMED_MS) };
}

/** Why a plan is void when the source is another one, or is read otherwise, than when it was made. */
export function accountChanged(source: string): JobError {
  return {
    code: "account_changed",
    message: `${source} is another account, or is configured otherwise, than when this was planned; nothing more of the plan is removed`,
  };
}

/** Whether the source reaches another account now than the one that a job was accepted or planned for. */
export function isAnotherAccount({ fingerprint }: Pick<Work, "fingerprint">, job: Job): boolean {
  const planned = job.progress.fingerprint ?? job.order.account ?? null;
  return planned !== null && !planned.startsWith(fingerprint);
}

/** What a fault of the whole source means for a job. */
export function onFault(
  work: Pick<Work, "runtime" | "source_name">,
  job: Job,
  fault: Fault,
): StepResult {
  const now = work.runtime.now();
  if (fault.kind !== "exhausted") {
    job.progress = { ...job.progress, last_fault: fault.detail };
  }
  switch (fault.kind) {
    case "unauthorized":
      return endJob(job, "failed", {
        code: "source_unauthorized",
        message: `${work.source_name}: ${fault.detail}`,
      });
    case "forbidden":
    case "missing":
      return endJob(job, "failed", {
        code: "source_forbidden",
        message: `${work.source_name}: ${fault.detail}`,
      });
    case "unmigrated":
      // Whom an erasure is about is forgotten with its end: it waits for the tables instead.
      return job.kind === "erasure"
        ? tryAgain(work, job)
        : endJob(job, "failed", { code: "migrations_missing", message: fault.detail });
    case "throttled":
      return { kind: "wait", until: Math.max(fault.until, now), by: "rate" };
    case "exhausted": {
      const { by } = fault;
      const until = Math.max(fault.until, now);
      return by === undefined ? { kind: "wait", until } : { kind: "wait", until, by };
    }
    case "unavailable":
    case "invalid":
    case "unreadable":
      return tryAgain(work, job);
  }
}

function tryAgain({ runtime }: Pick<Work, "runtime">, job: Job): StepResult {
  const until = runtime.now() + 500 + backoff(job.failed_attempts, runtime.random());
  return { kind: "wait", until, by: "faults" };
}

import type { Timers } from "../../platform/timers.ts";
import { describeThrown, writeLog } from "../../platform/log.ts";
import { platform } from "../../platform/runtime.ts";
import type { OverJob } from "../../contract/custodian.ts";
import type { Restraints } from "./restraints.ts";
import type { Jobs } from "../tables/jobs.ts";
import { isEnding } from "../tables/progress.ts";

/** The Registrar's word is waited for so long. */
const CONFIRM_MS = 10_000;

/**
 * Asks the Registrar whether the copy of holds and switch is its newest; without its word nothing goes. Of the
 * jobs here, it may say that some have ended, or are to stop: these are given to `over`.
 */
export async function confirmRestraints(
  restraints: Restraints,
  env: Env,
  source: string,
  ids: readonly string[] = [],
  over: (ended: OverJob) => void = () => undefined,
): Promise<boolean> {
  try {
    const { version, stamp } = restraints.copy;
    const answer = await Promise.race([
      env.REGISTRAR.getByName("registrar").restraints({ version, stamp }, { source, ids }),
      platform.sleep(CONFIRM_MS),
    ]);
    if (answer !== undefined) {
      for (const ended of answer.over) {
        over(ended);
      }
      return restraints.confirm(answer);
    }
    writeLog("error", "custodian.restraints.unconfirmed", { source, error: "no answer in time" });
  } catch (cause) {
    writeLog("error", "custodian.restraints.unconfirmed", { source, ...describeThrown(cause) });
  }
  return false;
}

/** The same at the start of a slice: this object may have been restored to a time before its jobs ended. */
export async function confirmSlice(
  restraints: Restraints,
  env: Env,
  source: string,
  jobs: Jobs,
  timers: Timers,
): Promise<boolean> {
  const running = jobs.all().filter(({ progress }) => !isEnding(progress));
  const ids = running.map(({ id }) => id);
  return confirmRestraints(restraints, env, source, ids, ({ id, as }) => {
    writeLog("warn", "custodian.job.over", { source, job: id });
    jobs.wish(id, { do: "stop", as });
    timers.set(`job:${id}`, platform.now());
  });
}

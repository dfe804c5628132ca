import { emptySource, MANY, type GuardStop } from "../core/guard.ts";
import { ok, type Result } from "../core/result.ts";
import type { Fault } from "../sources/fault.ts";
import type { Job } from "./jobs.ts";
import type { Work } from "./work.ts";

/** How often a source that is not read whole is asked whether it holds many. */
const LOOK_MS = 3_600_000;

/** What a source held is believed for a week: whoever only observes has nobody to say that it is right. */
const BELIEVED_MS = 7 * 86_400_000;

/**
 * Whether a source that held many sessions, and of which few were removed here since, holds none now: an
 * outage, or another database behind the same name, looks like that. Notes what it holds otherwise.
 */
export async function guardEmpty(work: Work, job: Job): Promise<Result<GuardStop | null, Fault>> {
  const now = work.runtime.now();
  const known = work.facts.held();
  const age = now - (known?.at ?? 0);
  const held = known === null || age < 0 || age > BELIEVED_MS ? 0 : known.count;
  const { examined, undated } = job.progress.counts;
  if (job.progress.listed_all) {
    if (examined === 0) {
      return ok(emptySource(held));
    }
    work.facts.setHeld(examined, now);
    return ok(null);
  }
  if (examined + undated === 0 && emptySource(held) !== null) {
    const some = await ask(work, 1);
    if (!some.ok || !some.value) {
      return some.ok ? ok(emptySource(held)) : some;
    }
  }
  if (known === null || age < 0 || age >= LOOK_MS) {
    const many = await ask(work, MANY);
    if (!many.ok) {
      return many;
    }
    work.facts.setHeld(many.value ? MANY : 0, now);
  }
  return ok(null);
}

async function ask(work: Work, least: number): Promise<Result<boolean, Fault>> {
  const turn = await work.meter.reserve();
  const holds = turn.ok ? await work.source.holdsAtLeast?.(least, turn.value) : turn;
  if (holds === undefined) {
    throw new Error("a source that lists what is due alone cannot say whether it is empty");
  }
  return holds;
}

import { emptySource } from "../../core/rule/brake.ts";
import type { GuardStop, JobError } from "../../core/report/job.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Held } from "../tables/facts.ts";
import { note, type ErasureJob } from "../tables/jobs.ts";
import type { ErasureProgress } from "../tables/progress.ts";
import type { Work } from "../job/work.ts";
import { endJob, progressed, type StepResult } from "../job/result.ts";

/** An erasure looks again at an empty source this often, and gives it up in the end. */
const LOOK_AGAIN_MS = 600_000;
const GIVE_UP_MS = 3_600_000;

/** How often a source that is not read whole is asked whether it holds many. */
const LOOK_MS = 3_600_000;

/** Sessions of a source that is not read whole are counted up to this many. */
const COUNTED_MOST = 2000;

/** A source that has been seen empty for a week is: whoever only observes has nobody to say that it is right. */
const BELIEVED_MS = 7 * 86_400_000;

/** After a longer pause between two looks nobody knows whether it was empty in between. A daily policy looks. */
const UNSEEN_MS = 2 * 86_400_000;

/** What counting takes. */
type Counting = Pick<Work, "runtime" | "facts" | "source" | "meter">;

/** What a list of the source has shown. */
export interface Listed {
  /** It was to hold every session, and not just what is due, or the person's. */
  readonly all: boolean;
  /** Sessions that it held, of whatever kind. */
  readonly sessions: number;
}

/**
 * Whether a source that held many sessions, and of which few were removed here since, holds none now: an
 * outage, or another database behind the same name, looks like that. Notes what it holds otherwise.
 */
export async function guardEmpty(
  work: Counting,
  { all, sessions }: Listed,
): Promise<Result<GuardStop | null, Fault>> {
  const now = work.runtime.now();
  const known = work.facts.get("held");
  const age = now - (known?.at ?? 0);
  const seenEmpty = seenEmptySince(known, now);
  const isBelieved = seenEmpty !== null && now - seenEmpty > BELIEVED_MS;
  const stop = known === null || isBelieved ? null : emptySource(known.count);
  const { countUpTo } = work.source;
  if (all || countUpTo === undefined) {
    if (sessions > 0) {
      work.facts.setHeld(sessions, now);
      return ok(null);
    }
    return ok(noteEmpty(work, stop, seenEmpty));
  }
  if (sessions === 0 && stop !== null) {
    const some = await work.meter.ask(async (turn) => countUpTo(1, turn));
    if (!some.ok || some.value === 0) {
      return some.ok ? ok(noteEmpty(work, stop, seenEmpty)) : some;
    }
  }
  const isNew = known === null || age < 0 || age >= LOOK_MS;
  return isNew || known.empty_at !== undefined || isUsedUp(known) ? countHeld(work) : ok(null);
}

/** Since when the source has been looked at and found empty, with no longer pause than that; null: it was not. */
function seenEmptySince(known: Held | null, now: number): number | null {
  const { empty_at: since, empty_seen_at: last } = known ?? {};
  // A time to come was written by a clock that ran ahead.
  return since === undefined || last === undefined || last > now || now - last > UNSEEN_MS
    ? null
    : since;
}

/** Notes that a source which held many is seen empty. */
function noteEmpty(
  { facts, runtime }: Counting,
  stop: GuardStop | null,
  seenEmpty: number | null,
): GuardStop | null {
  if (stop !== null) {
    const now = runtime.now();
    facts.seeEmpty(seenEmpty ?? now, now);
  }
  return stop;
}

/** Counts anew where removals have used up what was counted: else an empty source would look like their work. */
export async function recountHeld(work: Counting): Promise<Result<null, Fault>> {
  const known = work.facts.get("held");
  return known !== null && isUsedUp(known) ? countHeld(work) : ok(null);
}

function isUsedUp({ count, at_least: atLeast }: Held): boolean {
  return atLeast === true && count < COUNTED_MOST / 2;
}

/** Notes how many sessions there are, up to so many that few removals do not make them few. */
async function countHeld({
  source,
  meter,
  facts,
  runtime,
}: Counting): Promise<Result<null, Fault>> {
  const { countUpTo } = source;
  if (countUpTo === undefined) {
    return ok(null);
  }
  const now = runtime.now();
  const counted = await meter.ask(async (turn) => countUpTo(COUNTED_MOST, turn));
  if (!counted.ok) {
    return counted;
  }
  facts.setHeld(counted.value, now, counted.value >= COUNTED_MOST);
  return ok(null);
}

/**
 * Lets an erasure wait for a source that is suddenly empty: `again` is where it reads it next. What is not
 * there after an hour was not searched, and nobody may say that it was.
 */
export function awaitSource(
  work: Pick<Work, "runtime" | "source_name" | "outcomes">,
  job: ErasureJob,
  stop: GuardStop,
  again: Partial<Pick<ErasureProgress, "phase" | "cursor">>,
): StepResult {
  const now = work.runtime.now();
  // A clock that has come back has not waited.
  const since = Math.min(job.progress.guard.empty_since ?? now, now);
  const held = stop.code === "source_empty" ? stop.held : 0;
  const what = `${work.source_name} lists nothing, and held ${held} sessions when it was last read`;
  if (now - since >= GIVE_UP_MS) {
    work.outcomes.doubtAbsence(job.no);
    return endJob(job, "failed", {
      code: "source_empty",
      message: `${what}: it was not searched. Where that is right, approve a sweep that waits for it, and ask again`,
    });
  }
  progressed(job);
  const message = `${what}: it is looked at again for an hour`;
  const error: JobError = { code: "source_empty", message };
  job.progress = { ...job.progress, ...again, error };
  note(job, "guard", { empty_since: since });
  return { kind: "wait", until: now + LOOK_AGAIN_MS };
}

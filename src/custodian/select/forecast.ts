import type { Rule } from "../../core/rule/due.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../../sources/fault.ts";
import type { SelectsPage } from "../../sources/source.ts";
import { note, type SweepJob } from "../tables/jobs.ts";
import type { Forecast } from "../tables/forecasts.ts";
import { cutoffOf, ruleOf } from "../job/rule.ts";
import { isAboutOrphans } from "../job/matched.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

const DAY_MS = 86_400_000;

/** Sessions that fall due soon are counted up to this many. */
const SOON_MOST = 100_000;

/** Pages that are asked whether a version selects anybody: of metadata a hundred thousand sessions. */
const SELECTS_PAGES = 10;

/** The rule of a sweep as it will be a day after its cutoff. */
export function tomorrowOf(job: SweepJob): Rule {
  return ruleOf(job, job.order.policy, cutoffOf(job) + DAY_MS);
}

/**
 * After a list of what is due alone: what that list could not tell is counted by index, once an hour at
 * most for each version. A list of everything has told it already.
 */
export function openForecast(
  work: Pick<Work, "forecasts" | "runtime" | "source">,
  job: SweepJob,
  listedAll: boolean,
): void {
  const at = cutoffOf(job);
  note(job, "select", { listed_all: listedAll });
  if (isAboutOrphans(job)) {
    // Which sessions are orphans is not known while they are listed or counted.
    finish(job, null);
    return;
  }
  if (listedAll) {
    const { counts, select } = job.progress;
    const soon = isSoonKnown(job) ? select.soon : null;
    job.progress = { ...job.progress, phase: "weighing" };
    note(job, "select", { forecast: { at, undated: counts.undated, soon, at_least: false } });
    return;
  }
  const known = work.forecasts.fresh(job.order.policy_digest, work.runtime.now());
  if (known !== null || work.source.lookAhead === undefined) {
    finish(job, known?.selected === 0 && showsSome(job, known) ? unlooked(known) : known);
    return;
  }
  job.progress = { ...job.progress, phase: "forecast" };
  const soon = isSoonKnown(job) ? 0 : null;
  note(job, "select", { forecast: { at, undated: 0, soon, at_least: false } });
}

/** Who will be among each person's newest by then, or go with another, nobody can say. */
function isSoonKnown({ order: { policy } }: SweepJob): boolean {
  return policy.keep?.latest === undefined && policy.children === undefined;
}

/** Counts one window of it. */
export async function countForecast(
  work: Pick<Work, "forecasts" | "runtime" | "source" | "source_name" | "meter">,
  job: SweepJob,
): Promise<StepResult> {
  const { cursor } = job.progress;
  const { forecast } = job.progress.select;
  if (forecast === null || work.source.lookAhead === undefined) {
    throw new Error("a forecast is counted that was not begun");
  }
  const { lookAhead } = work.source;
  const page = await work.meter.ask(async (turn) =>
    lookAhead(ruleOf(job), tomorrowOf(job), cursor, turn),
  );
  if (!page.ok) {
    return onFault(work, job, page.error);
  }
  const { undated, soon, next } = page.value;
  const counted = {
    ...forecast,
    undated: forecast.undated + undated,
    soon: forecast.soon === null ? null : forecast.soon + soon,
    at_least: next !== null && forecast.soon !== null && forecast.soon + soon >= SOON_MOST,
  };
  if (next !== null && !counted.at_least) {
    job.progress = { ...job.progress, cursor: next };
    note(job, "select", { forecast: counted });
    return AGAIN;
  }
  const nobody = await selectsNobody(work, job, counted);
  if (!nobody.ok) {
    return onFault(work, job, nobody.error);
  }
  const told = nobody.value ? { ...counted, selected: 0 } : counted;
  work.forecasts.counted(job.order.policy_digest, told);
  finish(job, told);
  return AGAIN;
}

/** Whether what a sweep counted, or was counted for it, shows that its version selects some. */
function showsSome({ progress: { counts } }: SweepJob, { undated, soon }: Forecast): boolean {
  return counts.due + counts.held + counts.kept + undated + (soon ?? 0) > 0;
}

/** The same without whom the version selects: what was looked up before is not so any more. */
function unlooked({ at, undated, soon, at_least }: Forecast): Forecast {
  return { at, undated, soon, at_least };
}

/**
 * Whether a `match` selects no session of a source that holds some. Asked only where nothing that was counted shows
 * that it does. Behind so many pages, or where the slice may ask no more, nobody knows: a sweep does not wait for it.
 */
async function selectsNobody(
  { source: { selects }, meter }: Pick<Work, "source" | "meter">,
  job: SweepJob,
  counted: Forecast,
): Promise<Result<boolean, Fault>> {
  const rule = ruleOf(job);
  const isEverybody = rule.scopes === null && rule.metadata === null;
  if (isEverybody || selects === undefined || showsSome(job, counted)) {
    return ok(false);
  }
  let cursor: string | null = null;
  let holdsSome = false;
  for (let page = 0; page < SELECTS_PAGES; page++) {
    const asked: Result<SelectsPage, Fault> = await meter.ask(async (turn) =>
      selects(rule, cursor, turn),
    );
    if (!asked.ok) {
      return asked.error.kind === "exhausted" ? ok(false) : asked;
    }
    holdsSome ||= asked.value.holds_some;
    cursor = asked.value.next;
    if (asked.value.any || cursor === null) {
      return ok(holdsSome && !asked.value.any);
    }
  }
  return ok(false);
}

function finish(job: SweepJob, forecast: Forecast | null): void {
  const { counts } = job.progress;
  job.progress = {
    ...job.progress,
    phase: "weighing",
    cursor: null,
    counts: forecast === null ? counts : { ...counts, undated: forecast.undated },
  };
  note(job, "select", { forecast });
}

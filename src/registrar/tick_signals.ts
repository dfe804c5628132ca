import { before } from "../core/duration.ts";
import type { Books } from "./books.ts";
import type { LoadedPolicy, PolicyProblem } from "./contract.ts";

/** What a tick does for the signals: which policies there are is known then, and what is old goes. */
export function noteTick(
  books: Books,
  policies: readonly LoadedPolicy[],
  problems: readonly PolicyProblem[],
  now: number,
): void {
  const running = policies.filter(({ policy }) => policy.mode !== "off");
  books.gauges.keep(
    running.map(({ id, policy }) => [id, policy.source]),
    problems.map(({ id }) => id),
    now,
  );
  forgetReports(books, now);
}

/** Reports, and the counters of policies that are gone, live for `REPORTS_KEPT`. */
function forgetReports({ config, counters, gauges, sweeps }: Books, now: number): void {
  if (config.reports_kept === null) {
    return;
  }
  const begun = before(now, config.reports_kept);
  sweeps.purge(begun);
  counters.forget(
    gauges.all().map(({ policy }) => policy),
    begun,
  );
}

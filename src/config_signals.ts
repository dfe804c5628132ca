import { before, parseDuration, type Duration } from "./core/duration.ts";
import type { FieldError } from "./core/field_error.ts";
import type { Lookup } from "./config_env.ts";

/** What is kept of what was done, and who is told. */
export interface Reporting {
  /** How long the reports of sweeps are kept; null removes none. */
  readonly reports_kept: Duration | null;
}

const DAY_MS = 86_400_000;
const REPORTS_KEPT: Duration = { months: 0, days: 90, ms: 0 };

/** Reads the variables of reports. */
export function readReporting(text: Lookup, problems: FieldError[]): Reporting {
  return { reports_kept: readReportsKept(text("REPORTS_KEPT"), problems) };
}

/** A lifetime that cannot be read removes nothing: it may have been meant to be longer. */
function readReportsKept(text: string | null, problems: FieldError[]): Duration | null {
  if (text === null) {
    return REPORTS_KEPT;
  }
  const kept = parseDuration(text);
  // From the same moment back, whatever the month.
  if (kept.ok && before(0, kept.value) <= -DAY_MS) {
    return kept.value;
  }
  const problem = kept.ok ? "too short: at least a day" : kept.error;
  problems.push({
    field: "REPORTS_KEPT",
    message: `${problem}; until then no report is removed`,
  });
  return null;
}

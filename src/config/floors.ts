import { readWord, type Lookup } from "./env.ts";
import { parseDuration, formatDuration } from "../core/values/duration.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { APPROVALS, type Approval, type Floors } from "../core/policy/floors.ts";
import { isLocal, type SourceConfig } from "../sources/provider.ts";

/** The floors as they are set; what is not set depends on the source. */
export interface FloorSettings extends Omit<Floors, "approval"> {
  readonly approval: Approval | null;
}

/** Reads the floors. One that cannot be read is as strict as it can be: it was meant to hold something back. */
export function readFloors(text: Lookup, problems: FieldError[]): FloorSettings {
  const approval = readWord(text("APPROVAL"), APPROVALS, "APPROVAL", problems);
  return {
    approval: text("APPROVAL") === null ? null : (approval ?? "every"),
    brake_percent_max: readPercent(text("BRAKE_PERCENT_MAX"), problems),
    min_age: readAge(text("MIN_AGE"), problems),
  };
}

/** What a deployment asks of the policies of a source: of an edited text an approval, where sessions are real. */
export function floorsOf(
  { floors, sources }: { floors: FloorSettings; sources: ReadonlyMap<string, SourceConfig> },
  name: string,
): Floors {
  const source = sources.get(name);
  const usual = source !== undefined && isLocal(source) ? "none" : "changes";
  return { ...floors, approval: floors.approval ?? usual };
}

function readPercent(text: string | null, problems: FieldError[]): number | null {
  if (text === null) {
    return null;
  }
  const percent = /^\d{1,3}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (percent > 0 && percent <= 100) {
    return percent;
  }
  problems.push({
    field: "BRAKE_PERCENT_MAX",
    message: "write a number above 0, at most 100; until then every sweep of 100 or more waits",
  });
  return 0;
}

function readAge(text: string | null, problems: FieldError[]): string | null {
  if (text === null) {
    return null;
  }
  const age = parseDuration(text);
  if (age.ok) {
    return formatDuration(age.value);
  }
  problems.push({ field: "MIN_AGE", message: `${age.error}; until then no session is old enough` });
  return "P100Y";
}

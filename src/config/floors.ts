import type { Read } from "./variables.ts";
import { formatDuration } from "../core/values/duration.ts";
import type { Approval, Floors } from "../core/policy/floors.ts";
import { isLocal, type SourceConfig } from "../sources/provider.ts";

/** The floors as they are set; what is not set depends on the source. */
export interface FloorSettings extends Omit<Floors, "approval"> {
  readonly approval: Approval | null;
}

/** Reads the floors. One that cannot be read is as strict as it can be: it was meant to hold something back. */
export function readFloors(read: Read): FloorSettings {
  const approval = read("APPROVAL");
  const percent = read("BRAKE_PERCENT_MAX");
  const age = read("MIN_AGE");
  return {
    approval: approval === undefined ? null : (approval ?? "every"),
    brake_percent_max: percent === undefined ? null : (percent ?? 0),
    min_age: age === undefined ? null : age === null ? "P100Y" : formatDuration(age),
  };
}

/** What a deployment asks of the policies of a source: of an edited version an approval, where sessions are real. */
export function floorsOf(
  { floors, sources }: { floors: FloorSettings; sources: ReadonlyMap<string, SourceConfig> },
  name: string,
): Floors {
  const source = sources.get(name);
  const usual = source !== undefined && isLocal(source) ? "none" : "changes";
  return { ...floors, approval: floors.approval ?? usual };
}

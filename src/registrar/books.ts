import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { fingerprintOf } from "../sources/provider.ts";
import type { Timers } from "../durable/timers.ts";
import type { Runtime } from "../runtime.ts";
import type { Claims } from "./claims.ts";
import type { Commands } from "./commands.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Counters } from "./counters.ts";
import type { ErasureTable } from "./erasure_table.ts";
import type { Facts } from "./facts.ts";
import type { PolicyVersions } from "./policy_versions.ts";
import type { Readings } from "./readings.ts";
import type { ScheduleMarks } from "./schedule_marks.ts";
import type { Gauges } from "./gauges.ts";
import type { SweepTable } from "./sweep_table.ts";

/** Everything a decision of the Registrar may read and write; all of it synchronous. */
export interface Books {
  readonly sweeps: SweepTable;
  readonly erasures: ErasureTable;
  readonly commands: Commands;
  readonly claims: Claims;
  readonly versions: PolicyVersions;
  readonly facts: Facts;
  readonly marks: ScheduleMarks;
  readonly counters: Counters;
  readonly gauges: Gauges;
  readonly callbacks: Callbacks;
  readonly readings: Readings;
  readonly timers: Timers;
  readonly config: Config;
  readonly runtime: Runtime;
  /** Lines about what changes here; they are written once it has been stored. */
  readonly log: Log;
  /** All changes or none. */
  readonly atomically: <T>(change: () => T) => T;
}

/** What a source reaches now, for its orders to carry; empty, so that it fits nothing, if it is not there. */
export function accountOf({ config: { keyring, sources } }: Books, name: string): string {
  const source = sources.get(name);
  return keyring === null || source === undefined ? "" : fingerprintOf(source, keyring);
}

import type { Config } from "../config/config.ts";
import type { Log } from "../platform/log.ts";
import { fingerprintOf, namesOf } from "../sources/provider.ts";
import { Timers } from "../platform/timers.ts";
import type { Runtime } from "../platform/runtime.ts";
import { Idempotency } from "./tables/idempotency.ts";
import { RemovalsByDay } from "./tables/removals_by_day.ts";
import { RemovalsByHour } from "./tables/removals_by_hour.ts";
import { Commands } from "./tables/commands.ts";
import { Callbacks } from "./tables/callbacks.ts";
import { Counters } from "./tables/counters.ts";
import { ErasureTable } from "./tables/erasures.ts";
import { Facts } from "./tables/facts.ts";
import { PolicyVersions } from "./tables/policy_versions.ts";
import { Readings } from "./tables/pace_readings.ts";
import { ScheduleMarks } from "./tables/schedule_marks.ts";
import { FoldedSweeps } from "./tables/folded_sweeps.ts";
import { Gauges } from "./tables/gauges.ts";
import { SwitchTable } from "./tables/switch.ts";
import { ActivityTable } from "./tables/activity.ts";
import { HoldTable } from "./tables/holds.ts";
import { SweepTable } from "./tables/sweeps.ts";
import { createTables } from "./tables/schema.ts";

/** Opens the tables of an object, and makes those that are not there yet. */
export function openTables(storage: DurableObjectStorage, runtime: Runtime) {
  const { sql } = storage;
  createTables(sql);
  return {
    sweeps: new SweepTable(sql),
    folded_sweeps: new FoldedSweeps(sql),
    erasures: new ErasureTable(sql),
    commands: new Commands(sql),
    idempotency: new Idempotency(sql),
    versions: new PolicyVersions(sql),
    facts: new Facts(sql),
    marks: new ScheduleMarks(sql),
    counters: new Counters(sql),
    gauges: new Gauges(sql),
    removals_by_day: new RemovalsByDay(sql),
    removals_by_hour: new RemovalsByHour(sql),
    callbacks: new Callbacks(sql),
    readings: new Readings(sql),
    holds: new HoldTable(sql),
    activity: new ActivityTable(sql),
    restraints: new SwitchTable(sql),
    timers: new Timers(storage),
    runtime,
    /** All changes or none. */
    atomically: <T>(change: () => T): T => storage.transactionSync(change),
  };
}

export type Tables = Readonly<ReturnType<typeof openTables>>;

/** Everything a decision of the Registrar may read and write; all of it synchronous. */
export interface Records extends Tables {
  readonly config: Config;
  /** Lines about what changes here; they are written once it has been stored. */
  readonly log: Log;
}

/** What a source reaches now, for its orders to carry; empty, so that it fits nothing, if it is not there. */
export function accountOf({ config: { keyring, sources } }: Records, name: string): string {
  const source = sources.get(name);
  return keyring === null || source === undefined ? "" : fingerprintOf(source, keyring);
}

/** One name for a source and every other that reaches the same account with the same credential. */
export function nameOfAccount({ config: { sources } }: Records, name: string): string {
  const source = sources.get(name);
  const names = source === undefined ? [name] : [...namesOf(source, sources.values())];
  return names.toSorted()[0] ?? name;
}

import { gapAfter, parseSchedule } from "../../core/schedule/schedule.ts";
import { missingAfter } from "../../core/schedule/missing_tick.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import { isLocal } from "../../sources/provider.ts";
import { announce } from "../signals/announce.ts";
import type { Records } from "../records.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";

/** The timer that comes when no tick has. */
const TICK_TIMER = "tick";

/** Sets the time from which the next tick is missing, by the policies that a tick has shown. */
export function watchTicks(
  records: Records,
  policies: readonly PolicyVersion[],
  now: number,
): void {
  const wait = missingAfter(policies.flatMap((policy) => gapsOf(records, policy, now)));
  records.facts.put("tick_wait", wait);
  records.timers.set(TICK_TIMER, now + wait);
}

/** Expects a first tick where there never was one: a cron that has never run is missed as well. */
export function expectTick(records: Records, now: number): void {
  if (records.timers.at(TICK_TIMER) === null) {
    watchAgain(records, now);
  }
}

/** The same after a tick that could read no policies: those of the one before count. */
export function watchAgain({ facts, timers }: Records, now: number): void {
  timers.set(TICK_TIMER, now + (facts.get("tick_wait") ?? missingAfter([])));
}

/** Whether a tick is missing: tells it, and waits for the next one. */
export function missTick(records: Records): boolean {
  const now = records.runtime.now();
  const at = records.timers.at(TICK_TIMER);
  if (at === null || at > now) {
    return false;
  }
  if (records.facts.get("tick_missing_since") === null) {
    records.facts.put("tick_missing_since", at);
  }
  const lastTick = formatInstant(records.facts.get("last_tick"));
  const data = { last_tick: lastTick, missing_since: formatTimestamp(at) };
  announce(records, { type: "tick.missing", about: "cron", data });
  records.log("error", "tick.missing", { last_tick: lastTick });
  watchAgain(records, now);
  return true;
}

function gapsOf({ config, facts }: Records, { policy }: PolicyVersion, now: number): number[] {
  const { mode, schedule, source: name } = policy;
  const source = config.sources.get(name);
  if (mode === "off" || source === undefined) {
    return [];
  }
  if (schedule === undefined) {
    const gap = isLocal(source) ? facts.get("tick_gap") : null;
    return gap === null ? [] : [gap];
  }
  const { cron, zone } = typeof schedule === "string" ? { cron: schedule, zone: "UTC" } : schedule;
  const parsed = parseSchedule(cron, zone);
  const gap = parsed.ok ? gapAfter(parsed.value, now) : null;
  return gap === null ? [] : [gap];
}

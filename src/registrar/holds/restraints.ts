import { createId } from "../../core/values/id.ts";
import {
  pauseReport,
  type LateReport,
  type SwitchReport,
  type SwitchTurn,
} from "../../core/report/hold.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Pause } from "../../core/hold/switch.ts";
import type {
  RestraintsCopy,
  RestraintsMark,
  RestraintsStored,
  TooLate,
} from "../../contract/custodian.ts";
import { writeLog } from "../../platform/log.ts";
import type { Records } from "../records.ts";
import type { Actor, RestraintsAnswer, Running, SwitchChange } from "../../contract/registrar.ts";
import type { LateBySource } from "../tables/holds.ts";
import { noteActivity } from "../signals/activity.ts";
import { jobsOver } from "../jobs_over.ts";
import { announce } from "../signals/announce.ts";

/** The largest copy that a Custodian can keep in one row, in characters: a value holds 2 MB. */
const COPY_MAX = 600_000;

/** Everything that holds removals back, as it stands. */
export function restraintsCopy(records: Records): RestraintsCopy {
  return {
    ...markOf(records),
    holds: records.holds.standing(),
    pauses: records.restraints.pauses(),
  };
}

/** Puts holds and switch at a new version, above a given one if need be. */
export function raiseRestraints(records: Records, least = 0): number {
  const { facts, runtime } = records;
  const version = Math.max(markOf(records).version + 1, least);
  const stamp = createId("grd", runtime.now(), runtime.randomBytes);
  facts.put("restraints", { version, stamp });
  return version;
}

function markOf({ facts }: Records): RestraintsMark {
  return facts.get("restraints") ?? { version: 0, stamp: "" };
}

function isSame(one: RestraintsMark, other: RestraintsMark): boolean {
  return one.version === other.version && one.stamp === other.stamp;
}

/**
 * Goes above what a Custodian knows, where that is of a past that was restored away: what it has is a
 * version that this object has not given yet, or gave to something else.
 */
function passLostPast(records: Records, known: RestraintsMark): void {
  const mark = markOf(records);
  if (known.version > mark.version || (known.version === mark.version && !isSame(known, mark))) {
    writeLog("error", "registrar.restraints.restored", {
      version: mark.version,
      known: known.version,
    });
    raiseRestraints(records, known.version + 1);
  }
}

/** Whether a Custodian could keep the copy. */
export function isTooLarge(copy: RestraintsCopy): boolean {
  return JSON.stringify(copy).length > COPY_MAX;
}

/** Answers a Custodian that asks whether its copy is the newest. */
export function answerRestraints(
  records: Records,
  known: RestraintsMark,
  running: Running,
): RestraintsAnswer {
  passLostPast(records, known);
  const mark = markOf(records);
  return {
    ...mark,
    copy: isSame(known, mark) ? null : restraintsCopy(records),
    at: records.runtime.now(),
    over: jobsOver(records, running),
  };
}

/** Turns the switch for one source or for all. */
export function turnSwitch(records: Records, { source, pause }: SwitchChange, actor: Actor): void {
  const at = records.runtime.now();
  if (pause === null) {
    resume(records, source, { by: actor, at: formatTimestamp(at) });
    return;
  }
  const version = raiseRestraints(records);
  records.facts.put("switch_version", version);
  const id = createId("grd", at, records.runtime.randomBytes);
  const stored: Pause = { id, source, version, by: actor, at, ...pause };
  records.restraints.setPause({ pause: stored, late: {} });
  turned(records, { source, paused: true, ...pauseReport(stored) });
}

/** Takes a pause away, and notes who did; where there is none nothing is turned. */
function resume(records: Records, source: string | null, who: Pick<SwitchTurn, "by" | "at">): void {
  if (records.restraints.clearPause(source)) {
    records.facts.put("switch_version", raiseRestraints(records));
    turned(records, { source, paused: false, until: null, reason: null, ...who });
  }
}

/** Notes a turn of the switch, and tells it: whoever is not at the switch should know of it. */
function turned(records: Records, turn: SwitchTurn): void {
  records.restraints.noteTurn(turn);
  const { source, paused, until, by, at } = turn;
  noteActivity(records, paused ? "switch.paused" : "switch.resumed", source ?? "*", by);
  const data = {
    source: source ?? "every source",
    turned: paused ? "paused" : "resumed",
    by: by ?? "itself",
    until,
  };
  announce(records, { type: "switch.turned", about: `${data.source} ${at}`, data });
}

/** Takes away pauses whose time is over: a Custodian has seen that by its own clock too. */
export function endPauses(records: Records, now: number): void {
  for (const { source, until } of records.restraints.pauses()) {
    if (until !== null && until <= now) {
      resume(records, source, { by: null, at: formatTimestamp(until) });
    }
  }
}

/** Sources that have not said that they obey the newest restraints. */
export function unacknowledged(records: Records): string[] {
  const { version } = markOf(records);
  return [...records.config.sources.keys()].filter(
    (source) => records.restraints.acknowledged(source) < version,
  );
}

/**
 * Enters that a Custodian obeys, and what it was too late for. One that answers with anything but the copy
 * it was sent, or the newest, has not said that it obeys: false, it is to be told again.
 */
export function enterStored(
  records: Records,
  source: string,
  sent: RestraintsMark,
  stored: RestraintsStored,
): boolean {
  if (!isSame(stored, sent) && !isSame(stored, markOf(records))) {
    passLostPast(records, stored);
    return false;
  }
  records.restraints.acknowledge(source, stored.version);
  for (const late of stored.too_late) {
    const hold = records.holds.get(late.restraint);
    if (hold !== null && hold.over_in === null) {
      records.holds.saveLate(hold.id, merge(hold.late, source, late));
    }
    for (const { pause, late: noted } of records.restraints.stored()) {
      if (pause.id === late.restraint) {
        records.restraints.setPause({ pause, late: merge(noted, source, late) });
      }
    }
  }
  return true;
}

/** The switch as the API shows it. */
export function switchReport(records: Records): SwitchReport {
  const stored = records.restraints.stored();
  const paused = new Map(stored.map(({ pause }) => [pause.source, pauseReport(pause)]));
  const sources = [...records.config.sources.keys()];
  const wanted = records.facts.get("switch_version") ?? 0;
  return {
    all: paused.get(null) ?? null,
    sources: Object.fromEntries(
      [...paused].flatMap(([source, pause]) => (source === null ? [] : [[source, pause]])),
    ),
    still_paused: sources.filter((source) => paused.has(null) || paused.has(source)),
    in_force: Object.fromEntries(
      sources.map((source) => [source, records.restraints.acknowledged(source) >= wanted]),
    ),
    too_late: lateReport(stored.map(({ late }) => late)),
    turns: records.restraints.turns(),
  };
}

/** What restraints came too late for, over all sources. */
export function lateReport(noted: readonly LateBySource[]): LateReport {
  const all = noted.flatMap((late) => Object.entries(late));
  return {
    count: all.reduce((sum, [, { count }]) => sum + count, 0),
    sessions: all.flatMap(([source, { sessions }]) =>
      sessions.map(({ scope, id }) => ({ source, scope, id })),
    ),
    unknown: all.reduce((sum, [, { unknown }]) => sum + unknown, 0),
  };
}

/** A Custodian may say the same twice: the larger counts are the whole ones. */
function merge(noted: LateBySource, source: string, late: TooLate): LateBySource {
  const before = noted[source] ?? { count: 0, sessions: [], unknown: 0 };
  const { sessions } = late.count >= before.count ? late : before;
  return {
    ...noted,
    [source]: {
      count: Math.max(before.count, late.count),
      sessions,
      unknown: Math.max(before.unknown, late.unknown),
    },
  };
}

import { createId } from "../../core/values/id.ts";
import { pauseReport, type LateReport, type SwitchReport } from "../../core/report/hold.ts";
import type { Pause } from "../../core/hold/switch.ts";
import type { GuardCopy, GuardsMark, GuardsStored, TooLate } from "../../contract/custodian.ts";
import { writeLog } from "../../platform/log.ts";
import type { Books } from "../records.ts";
import type { Actor, GuardsAnswer, Running, SwitchChange } from "../../contract/registrar.ts";
import type { LateBySource } from "../tables/holds.ts";
import { jobsOver } from "../erasures/over.ts";

/** The largest copy that a Custodian can keep in one row, in characters: a value holds 2 MB. */
const COPY_MAX = 600_000;

/** Everything that holds removals back, as it stands. */
export function guardCopy(books: Books): GuardCopy {
  return {
    ...markOf(books),
    holds: books.holds.standing(),
    pauses: books.guards.pauses(),
  };
}

/** Puts holds and switch at a new version, above a given one if need be. */
export function raiseGuards({ facts, runtime }: Books, least = 0): number {
  return facts.raiseGuards(createId("grd", runtime.now(), runtime.randomBytes), least);
}

function markOf({ facts }: Books): GuardsMark {
  return { version: facts.guardsVersion(), stamp: facts.guardsStamp() };
}

function isSame(one: GuardsMark, other: GuardsMark): boolean {
  return one.version === other.version && one.stamp === other.stamp;
}

/**
 * Goes above what a Custodian knows, where that is of a past that was restored away: what it has is a
 * version that this object has not given yet, or gave to something else.
 */
function passLostPast(books: Books, known: GuardsMark): void {
  const mark = markOf(books);
  if (known.version > mark.version || (known.version === mark.version && !isSame(known, mark))) {
    writeLog("error", "registrar.guards.restored", {
      version: mark.version,
      known: known.version,
    });
    raiseGuards(books, known.version + 1);
  }
}

/** Whether a Custodian could keep the copy. */
export function isTooLarge(copy: GuardCopy): boolean {
  return JSON.stringify(copy).length > COPY_MAX;
}

/** Answers a Custodian that asks whether its copy is the newest. */
export function answerGuards(books: Books, known: GuardsMark, running: Running): GuardsAnswer {
  passLostPast(books, known);
  const mark = markOf(books);
  return {
    ...mark,
    copy: isSame(known, mark) ? null : guardCopy(books),
    at: books.runtime.now(),
    over: jobsOver(books, running),
  };
}

/** Turns the switch for one source or for all. */
export function turnSwitch(books: Books, { source, pause }: SwitchChange, actor: Actor): void {
  if (pause === null) {
    if (books.guards.clearPause(source)) {
      books.facts.switchTurned(raiseGuards(books));
    }
    return;
  }
  const version = raiseGuards(books);
  books.facts.switchTurned(version);
  const at = books.runtime.now();
  const id = createId("grd", at, books.runtime.randomBytes);
  books.guards.setPause(source, { pause: { id, version, by: actor, at, ...pause }, late: {} });
}

/** Takes away pauses whose time is over: a Custodian has seen that by its own clock too. */
export function endPauses(books: Books, now: number): void {
  for (const [source, { pause }] of books.guards.stored()) {
    if (pause.until !== null && pause.until <= now && books.guards.clearPause(source)) {
      books.facts.switchTurned(raiseGuards(books));
    }
  }
}

/** Sources that have not said that they obey the newest guards. */
export function unacknowledged(books: Books): string[] {
  const version = books.facts.guardsVersion();
  return [...books.config.sources.keys()].filter(
    (source) => books.guards.acknowledged(source) < version,
  );
}

/**
 * Enters that a Custodian obeys, and what it was too late for. One that answers with anything but the copy
 * it was sent, or the newest, has not said that it obeys: false, it is to be told again.
 */
export function enterStored(
  books: Books,
  source: string,
  sent: GuardsMark,
  stored: GuardsStored,
): boolean {
  if (!isSame(stored, sent) && !isSame(stored, markOf(books))) {
    passLostPast(books, stored);
    return false;
  }
  books.guards.acknowledge(source, stored.version);
  for (const late of stored.too_late) {
    const hold = books.holds.get(late.guard);
    if (hold !== null && hold.over_in === null) {
      books.holds.saveLate(hold.id, merge(hold.late, source, late));
    }
    for (const [target, { pause, late: noted }] of books.guards.stored()) {
      if (pause.id === late.guard) {
        books.guards.setPause(target, { pause, late: merge(noted, source, late) });
      }
    }
  }
  return true;
}

/** The switch as the API shows it. */
export function switchReport(books: Books): SwitchReport {
  const stored = books.guards.stored();
  const report = (pause: Pause | undefined) => (pause === undefined ? null : pauseReport(pause));
  const wanted = books.facts.switchVersion();
  return {
    all: report(stored.get(null)?.pause),
    sources: Object.fromEntries(
      [...stored].flatMap(([source, { pause }]) =>
        source === null ? [] : [[source, pauseReport(pause)]],
      ),
    ),
    still_paused: [...books.config.sources.keys()].filter(
      (source) => stored.has(null) || stored.has(source),
    ),
    in_force: Object.fromEntries(
      [...books.config.sources.keys()].map((source) => [
        source,
        books.guards.acknowledged(source) >= wanted,
      ]),
    ),
    too_late: lateReport([...stored.values()].map(({ late }) => late)),
  };
}

/** What guards came too late for, over all sources. */
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

import type { Holding } from "../../core/hold/hold.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { TooLate } from "../../contract/custodian.ts";

/** Sessions that are named of those that a restraint came too late for; the rest are counted. */
const NAMED = 100;

/** What restraints came too late for, by the id of each. */
export class TooLateList {
  readonly #noted = new Map<string, TooLate>();

  /** Notes a session that is gone, as a restraint stands to it. */
  note(restraint: string, holding: Holding, { scope, id }: SessionRef): void {
    if (holding === "unknown") {
      this.noteUnknown(restraint, 1);
    } else if (holding === "held") {
      const { count, sessions, unknown } = this.#get(restraint);
      const named = sessions.length < NAMED ? [...sessions, { scope, id }] : sessions;
      this.#noted.set(restraint, { restraint, count: count + 1, sessions: named, unknown });
    }
  }

  /** Notes how many sessions are gone, or may be, of which nobody can tell whether a restraint meant them. */
  noteUnknown(restraint: string, more: number): void {
    if (more > 0) {
      const noted = this.#get(restraint);
      this.#noted.set(restraint, { ...noted, unknown: noted.unknown + more });
    }
  }

  /** Forgets all restraints but these. */
  keepOnly(restraints: ReadonlySet<string>): void {
    for (const restraint of this.#noted.keys()) {
      if (!restraints.has(restraint)) {
        this.#noted.delete(restraint);
      }
    }
  }

  /** A list of its own with what is noted of some restraints. */
  of(restraints: readonly string[]): TooLateList {
    const some = new TooLateList();
    for (const restraint of restraints) {
      const noted = this.#noted.get(restraint);
      if (noted !== undefined) {
        some.#noted.set(restraint, noted);
      }
    }
    return some;
  }

  list(): TooLate[] {
    return [...this.#noted.values()];
  }

  #get(restraint: string): TooLate {
    return this.#noted.get(restraint) ?? { restraint, count: 0, sessions: [], unknown: 0 };
  }
}

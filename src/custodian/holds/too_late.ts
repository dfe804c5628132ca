import type { Holding } from "../../core/hold/hold.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { TooLate } from "../../contract/custodian.ts";

/** Sessions that are named of those that a guard came too late for; the rest are counted. */
const NAMED = 100;

/** What guards came too late for, by the id of each. */
export class TooLateList {
  readonly #noted = new Map<string, TooLate>();

  /** Notes a session that is gone, as a guard stands to it. */
  note(guard: string, holding: Holding, { scope, id }: SessionRef): void {
    if (holding === "unknown") {
      this.noteUnknown(guard, 1);
    } else if (holding === "held") {
      const { count, sessions, unknown } = this.#get(guard);
      const named = sessions.length < NAMED ? [...sessions, { scope, id }] : sessions;
      this.#noted.set(guard, { guard, count: count + 1, sessions: named, unknown });
    }
  }

  /** Notes how many sessions are gone, or may be, of which nobody can tell whether a guard meant them. */
  noteUnknown(guard: string, more: number): void {
    if (more > 0) {
      const noted = this.#get(guard);
      this.#noted.set(guard, { ...noted, unknown: noted.unknown + more });
    }
  }

  /** Forgets all guards but these. */
  keepOnly(guards: ReadonlySet<string>): void {
    for (const guard of this.#noted.keys()) {
      if (!guards.has(guard)) {
        this.#noted.delete(guard);
      }
    }
  }

  /** A list of its own with what is noted of some guards. */
  of(guards: readonly string[]): TooLateList {
    const some = new TooLateList();
    for (const guard of guards) {
      const noted = this.#noted.get(guard);
      if (noted !== undefined) {
        some.#noted.set(guard, noted);
      }
    }
    return some;
  }

  list(): TooLate[] {
    return [...this.#noted.values()];
  }

  #get(guard: string): TooLate {
    return this.#noted.get(guard) ?? { guard, count: 0, sessions: [], unknown: 0 };
  }
}

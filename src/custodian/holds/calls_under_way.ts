import { concerning } from "../../core/hold/switch.ts";
import { matchesHold, matchesRef, type Holding } from "../../core/hold/hold.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Removal } from "../../sources/source.ts";
import type { RestraintsCopy } from "../../contract/custodian.ts";
import { TooLateList } from "./too_late.ts";

/** One call that removes and has not been answered. */
interface Flight {
  /** The version of the restraints under which it was let through. */
  readonly version: number;
  readonly names: ReadonlySet<string>;
  readonly batch: string;
  readonly sessions: readonly (SessionRef | Session)[];
  readonly done: Promise<void>;
}

/** What a call removes, and under which name its source would resolve it. */
export interface FlightPlan {
  readonly batch: string;
  /** Whole sessions where they have been read, so that a hold can be asked about them. */
  readonly sessions: readonly (SessionRef | Session)[];
}

/** A restraint, and how a session stands to it. */
export interface NewRestraint {
  readonly id: string;
  readonly holding: (session: SessionRef | Session) => Holding;
}

/** The calls that are under way, and which of them a restraint came too late for. In memory alone. */
export class Flights {
  readonly #open = new Set<Flight>();
  /** Sessions removed by a call of their own, whose outcome is known and may not be stored yet. */
  readonly #landed = new Set<string>();
  readonly #late = new TooLateList();

  /** Makes a call in this turn, and remembers it until it is answered. */
  async fly<T extends readonly Removal[]>(
    restraints: { readonly copy: RestraintsCopy },
    names: ReadonlySet<string>,
    { batch, sessions }: FlightPlan,
    call: () => Promise<T>,
  ): Promise<T> {
    const { version } = restraints.copy;
    let land = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      land = resolve;
    });
    const flight: Flight = { version, names, batch, sessions, done };
    this.#open.add(flight);
    try {
      const removals = await call();
      for (const [index, session] of batch === "" ? sessions.entries() : []) {
        if (removals[index]?.kind === "unknown") {
          this.#landed.delete(keyOf(session));
        } else {
          this.#landed.add(keyOf(session));
        }
      }
      const gone = sessions.filter((_, index) => removals[index]?.kind === "deleted");
      for (const { id, holding } of restraintsSince(restraints.copy, version, names)) {
        for (const session of gone) {
          this.#late.note(id, holding(session), session);
        }
      }
      return removals;
    } finally {
      this.#open.delete(flight);
      land();
    }
  }

  /** Waits for the calls under way that newer restraints of a copy match, or may match. */
  async awaitLanding(copy: RestraintsCopy): Promise<void> {
    const matching = [...this.#open].filter(({ version, names, sessions }) =>
      restraintsSince(copy, version, names).some(({ holding }) =>
        sessions.some((session) => holding(session) !== "free"),
      ),
    );
    await Promise.all(matching.map(async ({ done }) => done));
  }

  /** Whether a batch is under way. */
  has(batch: string): boolean {
    return [...this.#open].some((flight) => flight.batch === batch);
  }

  /** Whether a removal of this session is under way, or has come to an outcome that is being stored. */
  isKnown(ref: SessionRef): boolean {
    const key = keyOf(ref);
    return (
      this.#landed.has(key) ||
      [...this.#open].some(({ sessions }) => sessions.some((session) => keyOf(session) === key))
    );
  }

  /** Every outcome so far has been stored. */
  stored(): void {
    this.#landed.clear();
  }

  /** What restraints that came after a version came too late for; of restraints that are gone nothing is kept. */
  tooLate({ holds, pauses }: RestraintsCopy, since: number): TooLateList {
    const known = [...holds, ...pauses];
    this.#late.keepOnly(new Set(known.map(({ id }) => id)));
    return this.#late.of(known.filter(({ version }) => version > since).map(({ id }) => id));
  }
}

function keyOf({ scope, id }: SessionRef): string {
  return JSON.stringify([scope, id]);
}

/** The restraints of a copy that came after a version and can bind in a source of these names. */
export function restraintsSince(
  { holds, pauses }: RestraintsCopy,
  since: number,
  names: ReadonlySet<string>,
): NewRestraint[] {
  return [
    ...holds
      .filter(({ version }) => version > since)
      .map(({ id, selector }) => ({
        id,
        holding: (session: SessionRef | Session): Holding =>
          "clocks" in session
            ? matchesHold(selector, names, session)
              ? "held"
              : "free"
            : matchesRef(selector, names, session),
      })),
    ...concerning(pauses, names)
      .filter(({ version }) => version > since)
      .map(({ id }) => ({ id, holding: (): Holding => "held" })),
  ];
}

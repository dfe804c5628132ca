import { isInForce, type Hold } from "../../core/hold/hold.ts";
import { indexHolds, type HoldIndex } from "../../core/hold/lookup.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { pauseOf } from "../../core/hold/switch.ts";
import type { RestraintsAnswer } from "../../contract/registrar.ts";
import type { Removal } from "../../sources/source.ts";
import type { RestraintsCopy } from "../../contract/custodian.ts";
import { Table } from "../../platform/table.ts";
import { Flights, type FlightPlan } from "./calls_under_way.ts";

/** Why nothing may be removed now. */
export type Stop =
  /** The Registrar has not confirmed the copy in this slice. */
  { readonly kind: "unconfirmed" } | { readonly kind: "paused"; readonly until: number | null };

const NONE: RestraintsCopy = { version: 0, stamp: "", holds: [], pauses: [] };

/** The copy of holds and switch that this object obeys: one row, and the same in memory. */
export class Restraints extends Table {
  readonly flights = new Flights();
  #copy: RestraintsCopy;
  /** The Registrar's clock when it last spoke; nothing has ended before it has. */
  #registrarAt = -Infinity;
  #indexed: {
    readonly copy: RestraintsCopy;
    readonly names: string;
    readonly index: HoldIndex;
  } | null = null;

  constructor(sql: SqlStorage) {
    super(sql);
    const [row] = this.rows<{ copy: string }>("SELECT copy FROM restraints WHERE one = 1");
    this.#copy = row === undefined ? NONE : (JSON.parse(row.copy) as RestraintsCopy);
  }

  get copy(): RestraintsCopy {
    return this.#copy;
  }

  /** Stores a copy that is newer than the one here; false when it is not. */
  store(copy: RestraintsCopy, at: number): boolean {
    this.#registrarAt = at;
    if (copy.version <= this.#copy.version) {
      return false;
    }
    const counted = countFrom(copy, this.#copy);
    this.sql.exec(
      "INSERT OR REPLACE INTO restraints (one, copy) VALUES (1, ?)",
      JSON.stringify(counted),
    );
    this.#copy = counted;
    return true;
  }

  /** Takes the Registrar's answer; whether the copy here is what it has, or newer. */
  confirm({ version, stamp, copy, at }: RestraintsAnswer): boolean {
    if (copy === null) {
      this.#registrarAt = at;
    } else {
      this.store(copy, at);
    }
    const { version: own, stamp: ownStamp } = this.#copy;
    return own > version || (own === version && ownStamp === stamp);
  }

  /** A time at which holds and pauses are over for both clocks, this one and the Registrar's. */
  soonest(now: number): number {
    return Math.min(now, this.#registrarAt);
  }

  /** The holds that can bind in a source of these names. */
  index(names: ReadonlySet<string>): HoldIndex {
    const key = JSON.stringify([...names]);
    if (this.#indexed?.copy !== this.#copy || this.#indexed.names !== key) {
      this.#indexed = { copy: this.#copy, names: key, index: indexHolds(this.#copy.holds, names) };
    }
    return this.#indexed.index;
  }
}

/**
 * A copy in which whatever was not in the one before is as new as the copy itself: plans were judged, and
 * calls let through, without it, whatever number a Registrar that was restored has given it.
 */
function countFrom(copy: RestraintsCopy, before: RestraintsCopy): RestraintsCopy {
  const known = new Map(
    [...before.holds, ...before.pauses].map(({ id, version }) => [id, version] as const),
  );
  const count = <T extends { readonly id: string }>(one: T): T & { version: number } => ({
    ...one,
    version: known.get(one.id) ?? copy.version,
  });
  return { ...copy, holds: copy.holds.map(count), pauses: copy.pauses.map(count) };
}

/** The restraints as one slice, or one removal for a caller, may ask them: always the newest copy. */
export class WorkRestraints {
  readonly #restraints: Restraints;
  readonly #names: ReadonlySet<string>;
  readonly #isConfirmed: boolean;
  readonly #now: () => number;

  constructor(
    restraints: Restraints,
    names: ReadonlySet<string>,
    isConfirmed: boolean,
    now: () => number,
  ) {
    this.#restraints = restraints;
    this.#names = names;
    this.#isConfirmed = isConfirmed;
    this.#now = now;
  }

  get version(): number {
    return this.#restraints.copy.version;
  }

  /** Asked in the turn of every intent. */
  stop(): Stop | null {
    if (!this.#isConfirmed) {
      return { kind: "unconfirmed" };
    }
    const pause = pauseOf(this.#restraints.copy.pauses, this.#names, this.#at);
    return pause === null ? null : { kind: "paused", until: pause.until };
  }

  /** The hold that binds a whole session, asked in the turn of every intent; null: none does. */
  heldBy(session: Session): Hold | null {
    return this.#index.heldBy(session, this.#at);
  }

  /** The same as far as the reference alone tells. */
  heldByRef(ref: SessionRef): Hold | null {
    return this.#index.heldByRef(ref, this.#at).hold;
  }

  /** Whether the reference alone tells that a session is held. */
  isHeldByRef(ref: SessionRef): boolean {
    return this.heldByRef(ref) !== null;
  }

  /** Whether any hold can bind here. */
  hasHolds(): boolean {
    return this.#index.newest(this.#at).any > 0;
  }

  /** Whether some hold has ended and was not taken away yet: were the clocks wrong, it would bind again. */
  hasEnded(): boolean {
    return this.#restraints.copy.holds.some((hold) => !isInForce(hold, this.#at));
  }

  /** Whether some hold came after a version and looks at what sessions say, so that they must be read. */
  needsContentSince(version: number): boolean {
    return this.#index.newest(this.#at).content > version;
  }

  /**
   * Makes a call that removes, and keeps it in mind until it has ended: a restraint that is stored meanwhile
   * waits for it, and learns what it came too late for. The call goes out in this turn.
   */
  async fly<T extends readonly Removal[]>(plan: FlightPlan, call: () => Promise<T>): Promise<T> {
    return this.#restraints.flights.fly(this.#restraints, this.#names, plan, call);
  }

  /** Whether a batch is under way. */
  isUnderWay(batch: string): boolean {
    return this.#restraints.flights.has(batch);
  }

  /** The outcome of every call has been stored. */
  stored(): void {
    this.#restraints.flights.stored();
  }

  get #at(): number {
    return this.#restraints.soonest(this.#now());
  }

  get #index(): HoldIndex {
    return this.#restraints.index(this.#names);
  }
}

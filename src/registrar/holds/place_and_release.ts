import type { HoldReport, SwitchReport } from "../../core/report/hold.ts";
import type { CustodianApi, RestraintsMark } from "../../contract/custodian.ts";
import type { Records } from "../records.ts";
import type {
  Actor,
  RestraintsAnswer,
  Running,
  HoldRequest,
  IdempotencyKey,
  Page,
  PageRequest,
  PlaceHoldAnswer,
  ReleaseAnswer,
  SwitchChange,
} from "../../contract/registrar.ts";
import { answerRestraints, endPauses, switchReport, turnSwitch } from "./restraints.ts";
import { endHolds, holdReport, noteOwnExpiry, placeHold, releaseHold } from "./holds.ts";
import { Spreader } from "./spread.ts";

/** Holds and the switch: records what is asked, and answers when every Custodian obeys, or after a time. */
export class RestraintsDesk {
  readonly #open: () => Records;
  readonly #spreader: Spreader;

  constructor(
    open: () => Records,
    custodian: (source: string) => Pick<CustodianApi, "storeRestraints" | "ownExpiry">,
  ) {
    this.#open = open;
    this.#spreader = new Spreader(open, custodian);
  }

  /** For the alarm: tells the Custodians that are behind, again. */
  async resend(): Promise<void> {
    return this.#spreader.resend();
  }

  /** In a transaction of the tick: ends what is over, by the earlier of the tick and the clock. */
  tick(records: Records, tick: number): void {
    const time = Math.min(tick, records.runtime.now());
    endHolds(records, time);
    endPauses(records, time);
  }

  async place(
    request: HoldRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<PlaceHoldAnswer> {
    const placed = this.#write((records) => placeHold(records, request, actor, idempotency));
    if (placed.kind === "idempotency_conflict" || placed.kind === "too_many") {
      return placed;
    }
    await this.#spreader.spread();
    const { selector, clear_own_expiry: clear } = request;
    // Also where the request is made again: the first one may have ended before it came to this.
    if (selector.kind === "session" && this.hold(placed.id)?.status === "in_force") {
      const expiry = await this.#spreader.ownExpiry(selector.source, selector, clear);
      this.#write((records) => noteOwnExpiry(records, placed.id, selector.source, expiry));
    }
    const hold = this.hold(placed.id);
    if (hold === null) {
      throw new Error("a hold that was just stored is not there");
    }
    return { kind: "placed", hold };
  }

  hold(id: string): HoldReport | null {
    const records = this.#open();
    const hold = records.holds.get(id);
    return hold === null ? null : holdReport(records, hold);
  }

  page(page: PageRequest): Page<HoldReport> {
    const records = this.#open();
    const { data, next_cursor } = records.holds.page(page);
    return { data: data.map((hold) => holdReport(records, hold)), next_cursor };
  }

  async release(id: string, actor: Actor): Promise<ReleaseAnswer> {
    const refused = this.#write((records) => releaseHold(records, id, actor));
    if (refused !== null) {
      return refused;
    }
    await this.#spreader.spread();
    const hold = this.hold(id);
    return hold === null ? { kind: "not_found" } : { kind: "released", hold };
  }

  state(): SwitchReport {
    return switchReport(this.#open());
  }

  async turn(change: SwitchChange, actor: Actor): Promise<SwitchReport> {
    this.#write((records) => turnSwitch(records, change, actor));
    await this.#spreader.spread();
    return this.state();
  }

  answer(known: RestraintsMark, running: Running): RestraintsAnswer {
    return this.#write((records) => answerRestraints(records, known, running));
  }

  #write<T>(change: (records: Records) => T): T {
    const records = this.#open();
    return records.atomically(() => change(records));
  }
}

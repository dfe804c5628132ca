import type { HoldReport, SwitchReport } from "../../core/report/hold.ts";
import type { CustodianApi, GuardsMark } from "../../contract/custodian.ts";
import type { Books } from "../records.ts";
import type {
  Actor,
  GuardsAnswer,
  Running,
  HoldRequest,
  IdempotencyClaim,
  Page,
  PageRequest,
  PlaceHoldAnswer,
  ReleaseAnswer,
  SwitchChange,
} from "../../contract/registrar.ts";
import { answerGuards, endPauses, switchReport, turnSwitch } from "./version.ts";
import { endHolds, holdReport, noteOwnExpiry, placeHold, releaseHold } from "./holds.ts";
import { Spreader } from "./spread.ts";

/** Holds and the switch: records what is asked, and answers when every Custodian obeys, or after a time. */
export class GuardDesk {
  readonly #open: () => Books;
  readonly #spreader: Spreader;

  constructor(
    open: () => Books,
    custodian: (source: string) => Pick<CustodianApi, "storeGuards" | "ownExpiry">,
  ) {
    this.#open = open;
    this.#spreader = new Spreader(open, custodian);
  }

  /** For the alarm: tells the Custodians that are behind, again. */
  async resend(): Promise<void> {
    return this.#spreader.resend();
  }

  /** In a transaction of the tick: ends what is over, by the earlier of the tick and the clock. */
  tick(books: Books, tick: number): void {
    const moment = Math.min(tick, books.runtime.now());
    endHolds(books, moment);
    endPauses(books, moment);
  }

  async place(
    request: HoldRequest,
    actor: Actor,
    claim: IdempotencyClaim | null,
  ): Promise<PlaceHoldAnswer> {
    const placed = this.#write((books) => placeHold(books, request, actor, claim));
    if (placed.kind === "idempotency_conflict" || placed.kind === "too_many") {
      return placed;
    }
    await this.#spreader.spread();
    const { selector, clear_own_expiry: clear } = request;
    // Also where the request is made again: the first one may have ended before it came to this.
    if (selector.kind === "session" && this.hold(placed.id)?.status === "in_force") {
      const expiry = await this.#spreader.ownExpiry(selector.source, selector, clear);
      this.#write((books) => noteOwnExpiry(books, placed.id, selector.source, expiry));
    }
    const hold = this.hold(placed.id);
    if (hold === null) {
      throw new Error("a hold that was just stored is not there");
    }
    return { kind: "placed", hold };
  }

  hold(id: string): HoldReport | null {
    const books = this.#open();
    const hold = books.holds.get(id);
    return hold === null ? null : holdReport(books, hold);
  }

  page(page: PageRequest): Page<HoldReport> {
    const books = this.#open();
    const { data, next_cursor } = books.holds.page(page);
    return { data: data.map((hold) => holdReport(books, hold)), next_cursor };
  }

  async release(id: string, actor: Actor): Promise<ReleaseAnswer> {
    const refused = this.#write((books) => releaseHold(books, id, actor));
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
    this.#write((books) => turnSwitch(books, change, actor));
    await this.#spreader.spread();
    return this.state();
  }

  answer(known: GuardsMark, running: Running): GuardsAnswer {
    return this.#write((books) => answerGuards(books, known, running));
  }

  #write<T>(change: (books: Books) => T): T {
    const books = this.#open();
    return books.atomically(() => change(books));
  }
}

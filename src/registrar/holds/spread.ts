import type { HoldSelector } from "../../core/hold/hold.ts";
import type { HoldMatches, LeftOut } from "../../core/report/hold.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { CustodianApi, OwnExpiry } from "../../contract/custodian.ts";
import { describeThrown, writeLog } from "../../platform/log.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import { canBindIn } from "./held_back.ts";
import { enterStored, restraintsCopy, unacknowledged } from "./restraints.ts";

/** The longest call to a provider takes 30 s; a Custodian that has not answered after this is out of reach. */
const WAIT_MS = 35_000;

/** What is only worth a warning is not waited for as long. */
const EXPIRY_MS = 10_000;
const COUNT_MS = 5000;

/** Sessions that are named of one hold. */
const MOST_LEFT_OUT = 100;

/** How long a copy that was not acknowledged waits before it is sent again. */
const RESEND_MS = 2000;

type Custodian = Pick<CustodianApi, "storeRestraints" | "ownExpiry" | "countHeld" | "heldBack">;

/** Takes holds and switch to the Custodians, again and again until each has said that it obeys. */
export class Spreader {
  readonly #open: () => Records;
  readonly #custodian: (source: string) => Custodian;
  /** Sources that the alarm is telling, and that have not answered. */
  readonly #waiting = new Set<string>();

  constructor(open: () => Records, custodian: (source: string) => Custodian) {
    this.#open = open;
    this.#custodian = custodian;
  }

  /** Tells every source that is behind, all at once, and waits for them; the alarm goes on with the rest. */
  async spread(): Promise<void> {
    return this.#tellAll(unacknowledged(this.#open()));
  }

  /** The same for the alarm, which comes again while a source hangs: that one is not told twice at once. */
  async resend(): Promise<void> {
    const behind = unacknowledged(this.#open()).filter((source) => !this.#waiting.has(source));
    for (const source of behind) {
      this.#waiting.add(source);
    }
    try {
      await this.#tellAll(behind);
    } finally {
      for (const source of behind) {
        this.#waiting.delete(source);
      }
    }
  }

  async #tellAll(behind: readonly string[]): Promise<void> {
    const { timers, runtime } = this.#open();
    if (behind.length > 0) {
      // Should this object die while it waits, its alarm goes on.
      timers.set("restraints", runtime.now() + RESEND_MS);
      await timers.arm(runtime.now());
      await Promise.all(behind.map(async (source) => this.#tell(source)));
    }
    if (unacknowledged(this.#open()).length === 0) {
      timers.clear("restraints");
    } else {
      timers.set("restraints", runtime.now() + RESEND_MS);
    }
    await timers.arm(runtime.now());
  }

  /** Asks a Custodian about a held session's own expiry. */
  async ownExpiry(source: string, { scope, id }: SessionRef, clear: boolean): Promise<OwnExpiry> {
    const answer = await this.#within(source, EXPIRY_MS, async () =>
      this.#custodian(source).ownExpiry({ scope, id }, clear),
    );
    return answer ?? { kind: "unknown", detail: "the source did not answer in time" };
  }

  /** How many sessions a hold matches now, in each source that it can bind in. */
  async countHeld(selector: HoldSelector): Promise<HoldMatches> {
    const { config, runtime } = this.#open();
    // One that does not answer has been waited for long enough.
    const behind = new Set(unacknowledged(this.#open()));
    const counts = await Promise.all(
      [...config.sources.values()]
        .filter((source) => canBindIn(selector, source, config.sources))
        .map(async ({ name }): Promise<[string, number | null]> => {
          const count = behind.has(name)
            ? null
            : await this.#within(name, COUNT_MS, async () =>
                this.#custodian(name).countHeld(selector),
              );
          return [name, count];
        }),
    );
    return { counted_at: formatTimestamp(runtime.now()), sources: Object.fromEntries(counts) };
  }

  /** Sessions that plans left out because of a hold; null: a source where it can bind did not answer. */
  async leftOut(id: string, selector: HoldSelector): Promise<readonly LeftOut[] | null> {
    const { config } = this.#open();
    const told = await Promise.all(
      [...config.sources.values()]
        .filter((source) => canBindIn(selector, source, config.sources))
        .map(async ({ name }) => {
          const held = await this.#within(name, COUNT_MS, async () =>
            this.#custodian(name).heldBack(id),
          );
          return held?.map((one) => ({ ...one, source: name })) ?? null;
        }),
    );
    return told.includes(null)
      ? null
      : told
          .flatMap((sessions) => sessions ?? [])
          .toSorted((one, other) => other.at - one.at)
          .slice(0, MOST_LEFT_OUT)
          .map((one) => ({ ...one, at: formatTimestamp(one.at) }));
  }

  async #tell(source: string): Promise<void> {
    // Twice: what the first answer shows of a past that was restored away takes a newer copy.
    for (let tries = 0; tries < 2; tries++) {
      const { runtime, restraints } = this.#open();
      const copy = restraintsCopy(this.#open());
      const since = restraints.acknowledged(source);
      const stored = await this.#within(source, WAIT_MS, async () =>
        this.#custodian(source).storeRestraints(copy, runtime.now(), since),
      );
      if (stored === null) {
        return;
      }
      const records = this.#open();
      if (records.atomically(() => enterStored(records, source, copy, stored))) {
        return;
      }
    }
  }

  async #within<T>(source: string, ms: number, call: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await Promise.race([call(), this.#open().runtime.sleep(ms)]);
      return answer ?? null;
    } catch (cause) {
      writeLog("error", "registrar.restraints.failed", { source, ...describeThrown(cause) });
      return null;
    }
  }
}

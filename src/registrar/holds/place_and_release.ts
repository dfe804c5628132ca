import type { HoldReport, SwitchReport } from "../../core/report/hold.ts";
import type { Records } from "../records.ts";
import type { HoldFilter } from "../../contract/filters.ts";
import type {
  Actor,
  HoldRequest,
  IdempotencyKey,
  Page,
  PageRequest,
  PlaceHoldAnswer,
  CancelAnswer,
  SwitchChange,
} from "../../contract/registrar.ts";
import { endPauses, switchReport, turnSwitch } from "./restraints.ts";
import {
  endHolds,
  holdReport,
  noteMatches,
  noteOwnExpiry,
  placeHold,
  releaseHold,
} from "./holds.ts";
import { heldBack } from "./held_back.ts";
import type { Spreader } from "./spread.ts";

// Each records what is asked, and answers when every Custodian obeys, or after a time.

export async function placeAndSpread(
  records: Records,
  spreader: Spreader,
  request: HoldRequest,
  actor: Actor,
  idempotency: IdempotencyKey | null,
): Promise<PlaceHoldAnswer> {
  const placed = records.atomically(() => placeHold(records, request, actor, idempotency));
  if (placed.kind !== "placed") {
    return placed;
  }
  await spreader.spread();
  const { selector, clear_own_expiry: clear } = request;
  // Also where the request is made again: the first one may have ended before it came to this.
  if (selector.kind === "session" && showHold(records, placed.id)?.status === "in_force") {
    const expiry = await spreader.ownExpiry(selector.source, selector, clear);
    records.atomically(() => noteOwnExpiry(records, placed.id, selector.source, expiry));
  }
  const shown = showHold(records, placed.id);
  if (shown?.status === "in_force" && shown.matches === null) {
    const matches = await spreader.countHeld(selector);
    records.atomically(() => noteMatches(records, placed.id, matches));
  }
  const hold = showHold(records, placed.id);
  if (hold === null) {
    throw new Error("a hold that was just stored is not there");
  }
  return { kind: "placed", hold };
}

export async function releaseAndSpread(
  records: Records,
  spreader: Spreader,
  id: string,
  actor: Actor,
): Promise<CancelAnswer<HoldReport>> {
  const refused = records.atomically(() => releaseHold(records, id, actor));
  if (refused !== null) {
    return refused;
  }
  await spreader.spread();
  const hold = showHold(records, id);
  return hold === null ? { kind: "not_found" } : { kind: "done", report: hold };
}

export async function turnAndSpread(
  records: Records,
  spreader: Spreader,
  change: SwitchChange,
  actor: Actor,
): Promise<SwitchReport> {
  records.atomically(() => turnSwitch(records, change, actor));
  await spreader.spread();
  return switchReport(records);
}

/** Ends what is over, by the earlier of the tick and the clock. */
export function endRestraints(records: Records, tick: number): void {
  const time = Math.min(tick, records.runtime.now());
  endHolds(records, time);
  endPauses(records, time);
}

export function showHold(records: Records, id: string): HoldReport | null {
  const hold = records.holds.get(id);
  return hold === null ? null : holdReport(records, hold);
}

/** A hold with the sessions that it matches now. */
export async function showHoldNow(
  records: Records,
  spreader: Spreader,
  id: string,
): Promise<HoldReport | null> {
  const selector = records.holds.selectorOf(id);
  const [matches, leftOut] =
    selector === null
      ? [null, null]
      : await Promise.all([spreader.countHeld(selector), spreader.leftOut(id, selector)]);
  const hold = records.holds.get(id);
  if (hold === null) {
    return null;
  }
  const report = holdReport(
    records,
    matches === null ? hold : { ...hold, head: { ...hold.head, matches } },
  );
  return report.status === "in_force"
    ? { ...report, holds_back: heldBack(records, hold.target), left_out: leftOut }
    : report;
}

export function showHolds(
  records: Records,
  page: PageRequest,
  filter: HoldFilter,
): Page<HoldReport> {
  const { data, next_cursor } = records.holds.page(page, filter, records.runtime.now());
  return { data: data.map((hold) => holdReport(records, hold)), next_cursor };
}

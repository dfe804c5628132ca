import { STALLED_FOR_MS } from "../../core/rule/erasure.ts";
import type { Records } from "../records.ts";
import { noteUntaken } from "./untaken_orders.ts";
import { advance } from "./combine_parts.ts";
import { tellAgain } from "./proceed.ts";

/** Looks again at those that a source holds up: a tick does, because what has stalled may tell nothing. */
export function reviewErasures(records: Records): void {
  tellAgain(records);
  const untaken = noteUntaken(records);
  const held = records.erasures.heldUp(records.runtime.now() - STALLED_FOR_MS);
  for (const id of new Set([...untaken, ...held])) {
    advance(records, id);
  }
}

import { STALLED_FOR_MS } from "../../core/rule/erasure.ts";
import type { Books } from "../records.ts";
import { noteUntaken } from "./untaken.ts";
import { advance } from "./decide.ts";
import { tellAgain } from "./go.ts";

/** Looks again at those that a source holds up: a tick does, because what has stalled may tell nothing. */
export function reviewErasures(books: Books): void {
  tellAgain(books);
  const untaken = noteUntaken(books);
  const held = books.erasures.heldUp(books.runtime.now() - STALLED_FOR_MS);
  for (const id of new Set([...untaken, ...held])) {
    advance(books, id);
  }
}

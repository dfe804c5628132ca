import { ENDED_PARTS } from "../../core/rule/erasure.ts";
import { ENDED_SWEEPS } from "../../core/report/sweep.ts";
import type { OverJob } from "../../contract/custodian.ts";
import type { Books } from "../records.ts";
import type { Running } from "../../contract/registrar.ts";

/**
 * Which of the jobs that a Custodian still runs must not go on. They have ended by this record, or are not in it:
 * one of the two was restored to a moment before. Or their stop is on its way, and what came before it must not
 * begin a removal.
 */
export function jobsOver(books: Books, { source, ids }: Running): OverJob[] {
  const stops = books.commands.stops(source);
  return ids.flatMap((id) => {
    const as = stops.get(id) ?? (isOver(books, source, id) ? "stopped" : null);
    return as === null ? [] : [{ id, as }];
  });
}

function isOver(books: Books, source: string, id: string): boolean {
  const sweep = books.sweeps.get(id);
  if (sweep !== null) {
    return ENDED_SWEEPS.has(sweep.status);
  }
  const part = books.erasures.parts(id).find((one) => one.source === source);
  return part === undefined || ENDED_PARTS.has(part.report.status);
}

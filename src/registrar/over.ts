import { ENDED_PARTS } from "../core/erasure.ts";
import { ENDED_SWEEPS } from "../core/job.ts";
import type { Books } from "./books.ts";
import type { Running } from "./contract.ts";

/**
 * Which of the jobs that a Custodian still runs have ended by this record, or are not in it: one of the two was
 * restored to a moment before. They would remove by orders that nobody stands by any more, or wait for ever for
 * a word, and keep whom they are about.
 */
export function jobsOver(books: Books, { source, ids }: Running): string[] {
  return ids.filter((id) => {
    const sweep = books.sweeps.get(id);
    if (sweep !== null) {
      return ENDED_SWEEPS.has(sweep.status);
    }
    const part = books.erasures.parts(id).find((one) => one.source === source);
    return part === undefined || ENDED_PARTS.has(part.report.status);
  });
}

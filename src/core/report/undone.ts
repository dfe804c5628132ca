import { LEFT_IN_PLACE, type Disposition } from "../count/disposition.ts";
import type { ErasureSourceReport } from "./erasure.ts";

/** What a partial erasure could not do. Where no session is left, it was the search. */
export function undone(
  parts: readonly ErasureSourceReport[],
): "searched" | "removed" | "searched or removed" {
  if (parts.every((part) => leftIn(part) === 0)) {
    return "searched";
  }
  return parts.every(isSearched) ? "removed" : "searched or removed";
}

/** Sessions that were found and have met no end: of a look, of a plan that waits, of a request that was stopped. */
export function openIn({ found, dispositions }: ErasureSourceReport): number {
  const settled = Object.values(dispositions).reduce((sum, count) => sum + count, 0);
  return Math.max(0, found - settled);
}

/** Sessions that are still there, or may be. One that names the person no more counts as none of theirs. */
function leftIn(part: ErasureSourceReport): number {
  const left = Object.entries(part.dispositions).filter(
    ([end]) => end !== "renewed" && LEFT_IN_PLACE.has(end as Disposition),
  );
  return left.reduce((sum, [, count]) => sum + count, openIn(part));
}

/** Whether a source was searched to the end, and each session there can be told to be the person's, or not. */
function isSearched({ status, unsearched, unreadable, unattributable }: ErasureSourceReport) {
  const isDone = status === "done" || status === "no_match";
  return isDone && unsearched + unreadable.count + unattributable === 0;
}

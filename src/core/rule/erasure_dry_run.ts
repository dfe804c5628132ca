import type { Blocker, BlockerCode } from "../report/erasure_blocker.ts";
import {
  contradictionOfAll,
  ENDED_PARTS,
  type Contradiction,
  type ErasureDecision,
  type ErasurePart,
  type ErasureState,
} from "./erasure.ts";

/** What a dry run does next: it waits, or it ends. There is no other decision, so none removes. */
export type DryRunDecision =
  | Extract<ErasureDecision, { readonly kind: "wait" }>
  | {
      readonly kind: "end";
      readonly status: "observed" | "failed" | "cancelled";
      readonly why: Contradiction | null;
      readonly blockers: readonly Blocker[];
    };

/** Decides over all sources of a dry run: each makes its whole plan, whatever stands against it elsewhere. */
export function decideDryRun(
  parts: readonly ErasurePart[],
  { stopping }: Pick<ErasureState, "stopping">,
  most: number,
): DryRunDecision {
  const going = parts.map(({ report }) => report.status).filter((one) => !ENDED_PARTS.has(one));
  if (going.length > 0) {
    return { kind: "wait", status: stopping === null ? statusOf(going) : "planned" };
  }
  const isSearched = parts.some(({ report: { status } }) => SEARCHED.has(status));
  return {
    kind: "end",
    status: stopping !== null ? "cancelled" : isSearched ? "observed" : "failed",
    why: contradictionOfAll(parts),
    blockers: blockersOf(parts, most),
  };
}

/** Parts with one of these have a plan. */
const SEARCHED: ReadonlySet<string> = new Set(["observed", "no_match"]);

function statusOf(going: readonly string[]): "stalled" | "queued" | "selecting" {
  if (going.includes("stalled")) {
    return "stalled";
  }
  return going.every((one) => one === "queued") ? "queued" : "selecting";
}

/** What would keep the erasure of these plans from removing everything by itself: what concerns all comes first. */
function blockersOf(parts: readonly ErasurePart[], most: number): Blocker[] {
  const found = parts.reduce((sum, { report }) => sum + report.found, 0);
  const whole = (code: BlockerCode, sessions: number | null): Blocker => ({
    code,
    source: null,
    sessions,
  });
  return [
    ...(contradictionOfAll(parts) === null ? [] : [whole("conflict", null)]),
    // Written so that a limit that is no number is reached.
    ...(found <= most ? [] : [whole("too_many", found)]),
    ...parts.flatMap(blockersIn),
  ];
}

function blockersIn({ source, unsearched, report }: ErasurePart): Blocker[] {
  const { status, found, guard, dispositions, unreadable } = report;
  const some = (code: BlockerCode, sessions: number): Blocker[] =>
    sessions > 0 ? [{ code, source, sessions }] : [];
  return [
    ...(SEARCHED.has(status) ? [] : [{ code: "not_searched", source, sessions: null } as const]),
    ...(guard === null ? [] : some("half_of_source", found)),
    ...some("held", dispositions.held ?? 0),
    ...some("shared", dispositions.shared ?? 0),
    ...some("unreadable", unreadable.count),
    ...(unsearched > 0 ? [{ code: "unsearched", source, sessions: null } as const] : []),
  ];
}

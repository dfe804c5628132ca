import fc from "fast-check";
import { DISPOSITIONS, type DispositionCounts } from "../../src/core/count/disposition.ts";
import {
  decideErasure,
  STALLED_FOR_MS,
  type ErasurePart,
  type ErasureState,
} from "../../src/core/rule/erasure.ts";
import { UNTOLD_PART, type ErasureSourceReport } from "../../src/core/report/erasure.ts";

export type PartStatus = ErasureSourceReport["status"];

export const STATUSES: readonly PartStatus[] = [
  "queued",
  "selecting",
  "planned",
  "removing",
  "verifying",
  "done",
  "observed",
  "no_match",
  "not_searched",
  "stalled",
  "failed",
];
export const UNPLANNED = new Set<PartStatus>(["queued", "selecting", "stalled"]);
export const ENDED = new Set<PartStatus>([
  "done",
  "observed",
  "no_match",
  "not_searched",
  "failed",
]);
export const GONE = new Set(["deleted", "already_absent", "absent_after_attempt", "renewed"]);

const STATE: ErasureState = {
  proceeded: false,
  approved: false,
  must_ask: false,
  stopping: null,
  without: [],
};
export const NOW = Date.UTC(2026, 7, 1);

export interface Given {
  readonly source?: string;
  readonly found?: number;
  readonly unattributable?: number;
  readonly dispositions?: DispositionCounts;
  readonly guard?: ErasureSourceReport["guard"];
  readonly conflict?: string | null;
  readonly account?: string;
  readonly ids_sought?: readonly number[];
  readonly ids_found?: readonly number[];
  readonly unsearched?: number;
  readonly unreadable?: number;
  readonly stalled_since?: number | null;
}

export function part(status: PartStatus, given: Given = {}): ErasurePart {
  return {
    source: given.source ?? "one",
    report: {
      ...UNTOLD_PART,
      status,
      found: given.found ?? 0,
      unattributable: given.unattributable ?? 0,
      unsearched: given.unsearched ?? 0,
      dispositions: given.dispositions ?? {},
      verified_at: ["2026-08-01T00:00:00.000Z"],
      guard: given.guard ?? null,
      unreadable: { count: given.unreadable ?? 0, sessions: [] },
    },
    conflict: given.conflict ?? null,
    account: given.account ?? given.source ?? "one",
    ids_sought: given.ids_sought ?? given.ids_found ?? [],
    ids_found: given.ids_found ?? [],
    unsearched: given.unsearched ?? 0,
    plan_digest: null,
    stalled_since: given.stalled_since ?? null,
  };
}

const anyPart = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    found: fc.nat({ max: 2000 }),
    dispositions: fc.dictionary(fc.constantFrom(...DISPOSITIONS), fc.nat({ max: 3 })),
    conflict: fc.option(fc.constant("user_identity_id"), { freq: 8 }),
    account: fc.constantFrom("one", "two"),
    ids_sought: fc.subarray([0, 1]),
    ids_found: fc.subarray([0, 1], { maxLength: 1 }),
    unsearched: fc.constantFrom(0, 0, 0, 1),
    source: fc.constantFrom("one", "two", "three"),
    stalled_since: fc.constantFrom(null, NOW, NOW - STALLED_FOR_MS + 1, NOW - STALLED_FOR_MS),
    guard: fc.option(fc.constant({ code: "half_of_source", found: 100, matched: 150 } as const), {
      freq: 8,
    }),
  })
  .map(({ status, ...given }) => part(status, given));
export const anyParts = fc.uniqueArray(anyPart, { maxLength: 3, selector: ({ source }) => source });
export const anyState: fc.Arbitrary<ErasureState> = fc.record({
  proceeded: fc.boolean(),
  approved: fc.boolean(),
  must_ask: fc.boolean(),
  stopping: fc.constantFrom(null, null, "conflict", "cancelled"),
  allowed: fc.record({ one: fc.nat({ max: 2000 }) }),
  without: fc.subarray(["one", "two", "three"]),
});

export function decide(
  parts: readonly ErasurePart[],
  state: Partial<ErasureState> = {},
  most = 1000,
) {
  return decideErasure(parts, { ...STATE, ...state }, most, NOW);
}

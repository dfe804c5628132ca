import type { FamilyPlace } from "./family/family.ts";

/** How far the order of a sweep's plan has come; the parts are those of `ordering.ts`, or of `rank_again.ts`. */
export interface Ordering {
  readonly part:
    | "repeats"
    | "fold"
    | "unfold"
    | "newest"
    | "keep"
    | "number"
    | "follow"
    | "sort"
    | "place"
    | "cut";
  /** The part goes on after this seq, or after this person. */
  readonly seq: number;
  readonly person: string;
  /** Rows that the part has counted so far. */
  readonly rows: number;
  readonly repeated: boolean;
  /** The last seq within the budget; null while the budget is not reached. */
  readonly cut: number | null;
  /** What goes with others has been planned up to this descendant. */
  readonly family: FamilyPlace | null;
}

export const START_ORDERING: Ordering = {
  part: "repeats",
  seq: 0,
  person: "",
  rows: 0,
  repeated: false,
  cut: null,
  family: null,
};

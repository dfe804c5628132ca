import type { FamilyPlace } from "./family/family.ts";

type Part =
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

/** How far the order of a sweep's plan has come; the parts are those of `plan/sweep.ts`, or of `rank_again.ts`. */
export const START_ORDERING = {
  part: "repeats" as Part,
  /** The part goes on after this seq, or after this person. */
  seq: 0,
  person: "",
  /** Rows that the part has counted so far. */
  rows: 0,
  repeated: false,
  /** The last seq within the budget; null while the budget is not reached. */
  cut: null as number | null,
  /** What goes with others has been planned up to this descendant. */
  family: null as FamilyPlace | null,
};
export type Ordering = Readonly<typeof START_ORDERING>;

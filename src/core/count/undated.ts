import * as z from "zod";

/** A larger share of what a policy selects should have a readable clock. */
const MOST_PERCENT = 5;

/** Sessions that a policy selects, and those of them that lack the clock of a clause and are due by no other. */
export const UndatedShare = z.strictObject({
  undated: z.int(),
  /** All of them, or `enoughFor` that many undated ones. */
  selected: z.int(),
});
export type UndatedShare = Readonly<z.infer<typeof UndatedShare>>;

/** Whether few enough never fall due; if not, somebody should look at them. */
export function isMostlyDated({ undated, selected }: UndatedShare): boolean {
  return undated * 100 <= selected * MOST_PERCENT;
}

/** Of so many selected sessions, the undated ones are no large share: counting may stop there. */
export function enoughFor(undated: number): number {
  return Math.ceil((undated * 100) / MOST_PERCENT);
}

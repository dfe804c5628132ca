import * as z from "zod";
import { DISPOSITIONS, DispositionCounts } from "../count/disposition.ts";
import { wholeNumber } from "../values/schema.ts";
import { named, says } from "../values/doc.ts";

/** What the sums may be told apart by, in the order in which a row names it. */
export const REMOVALS_BY = ["day", "policy", "source", "clause", "disposition"] as const;
export type RemovalsBy = (typeof REMOVALS_BY)[number];

/** One sum. What it was not asked by is left out. */
const RemovalsRow = z
  .strictObject({
    day: z.iso.date().optional(),
    policy: z.string().nullable().optional().meta(says("null: erasures")),
    source: z.string().optional(),
    clause: z
      .string()
      .nullable()
      .optional()
      .meta(
        says(
          "The clock and the duration of the policy's clause, such as `expires_at PT15M`; null: erasures",
        ),
      ),
    disposition: z.enum(DISPOSITIONS).optional(),
    count: wholeNumber.meta(says("Planned sessions that met an end")),
    gone: wholeNumber.meta(says("Of these: `deleted`, `already_absent` or `absent_after_attempt`")),
  })
  .meta(named("RemovalsRow"));
export type RemovalsRow = Readonly<z.infer<typeof RemovalsRow>>;

/** The sums over some days, and by disposition alone. */
const RemovalsSums = z.strictObject({
  rows: z.array(RemovalsRow).readonly(),
  totals: DispositionCounts,
});
export type RemovalsSums = Readonly<z.infer<typeof RemovalsSums>>;

/** What became of planned sessions over some days, from counters that are kept by day. */
export const RemovalsReport = z
  .strictObject({
    since: z.iso.date().meta(says("The first day")),
    until: z.iso.date().meta(says("The last day")),
    counted: z
      .enum(["sweeps", "sweeps_and_erasures"])
      .meta(says("Erasures are counted for a key that has `erasures:read`, too")),
    ...RemovalsSums.shape,
  })
  .meta(named("RemovalsReport"));

import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import { JOB_ERROR_CODES } from "./job_errors.ts";
import { named } from "../values/doc.ts";

/** Why a job waits, or ended without doing its work: a code from the catalogue and a sentence. */
export const JobError = z
  .strictObject({ code: z.enum(JOB_ERROR_CODES), message: z.string() })
  .meta(named("JobError"));
export type JobError = Readonly<z.infer<typeof JobError>>;

/** Why a plan must not be carried out as it stands. */
export const GuardStop = z
  .discriminatedUnion("code", [
    z.strictObject({ code: z.literal("brake_items"), due: wholeNumber, limit: wholeNumber }),
    z.strictObject({
      code: z.literal("brake_percent"),
      due: wholeNumber,
      matched: wholeNumber,
      limit: z.number(),
    }),
    z.strictObject({ code: z.literal("source_empty"), held: wholeNumber }),
    z.strictObject({ code: z.literal("too_many"), found: wholeNumber, limit: wholeNumber }),
    z.strictObject({ code: z.literal("half_of_source"), found: wholeNumber, matched: wholeNumber }),
  ])
  .meta(named("GuardStop"));
export type GuardStop = Readonly<z.infer<typeof GuardStop>>;

/** The same of an erasure: more than may go without approval. */
export type TooMuch = Extract<GuardStop, { readonly code: "too_many" | "half_of_source" }>;

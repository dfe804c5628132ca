import * as z from "zod";
import type { Refusal } from "../../contract/registrar.ts";
import { never } from "../../core/values/result.ts";
import type { ApiContext } from "./context.ts";
import type { ProblemCode } from "./error_codes.ts";
import { problem } from "./problem.ts";
import { named, says } from "../../core/values/doc.ts";

/** What a digest looks like. */
export const A_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** The body of every approval: the plan that was read. */
export const Approval = z
  .strictObject({
    plan_digest: z
      .string()
      .min(1)
      .max(200)
      .meta(says("As the report shows it: another plan is not approved")),
  })
  .meta(named("Approval"));

/** The body of one approval of several erasures. */
export const SetApproval = z
  .strictObject({
    erasures: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(100)
      .refine((ids) => new Set(ids).size === ids.length, "the same id twice"),
    set_digest: z
      .string()
      .min(1)
      .max(200)
      .meta(says("As a list of just these shows it: other plans are not approved")),
  })
  .meta(named("SetApproval"));

/** The body of what needs none. */
export const Nothing = z.strictObject({});

/** Which status allows an approval, and which a cancellation. */
export const TO_APPROVE =
  "only what waits and is not cancelled can be approved. After a preview start the sweep, after a dry run the erasure, and approve that with the same digest";
export const TO_CANCEL = "only what has not ended, and is not cancelled yet, can be cancelled";

/** Answers why a decision was not taken. `rule` says which status allows it. */
export function refuse<C extends ProblemCode>(
  c: ApiContext,
  refusal: Refusal & { readonly id?: string | null },
  notFound: C,
  rule: string,
) {
  // Of a set: which one of it.
  const id = refusal.id ?? null;
  const which = id === null ? {} : { detail: `It is ${id}.` };
  switch (refusal.kind) {
    case "not_found":
      return problem(c, notFound, which);
    case "wrong_status": {
      const what = id === null ? "Its status" : `The status of ${id}`;
      return problem(c, "wrong_status", { detail: `${what} is ${refusal.status}: ${rule}.` });
    }
    case "wrong_digest":
      return problem(c, "plan_changed", which);
    case "same_key":
      return problem(c, "four_eyes", which);
    default:
      return never(refusal);
  }
}

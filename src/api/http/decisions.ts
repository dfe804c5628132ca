import { z } from "@hono/zod-openapi";
import type { CancelRefusal, Refusal } from "../../contract/registrar.ts";
import { never } from "../../core/values/result.ts";
import type { ApiContext } from "./context.ts";
import { problem } from "./problem.ts";

/** The body of every approval: the plan that was read. */
export const Approval = z
  .strictObject({
    plan_digest: z
      .string()
      .min(1)
      .max(200)
      .openapi({ description: "As the report shows it: another plan is not approved" }),
  })
  .openapi("Approval");

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
      .openapi({ description: "As a list of just these shows it: other plans are not approved" }),
  })
  .openapi("SetApproval");

/** The body of what needs none. */
export const Nothing = z.strictObject({});

/** Answers why a cancellation was not taken. */
export function refuseCancel<C extends "sweep_not_found" | "erasure_not_found">(
  c: ApiContext,
  refusal: CancelRefusal,
  notFound: C,
) {
  return refusal.kind === "not_found"
    ? problem(c, notFound)
    : problem(c, "wrong_status", {
        detail: `Its status is ${refusal.status}: only what has not ended, and is not cancelled yet, can be cancelled.`,
      });
}

/** Answers why an approval was not taken. */
export function refuse<C extends "sweep_not_found" | "erasure_not_found">(
  c: ApiContext,
  refusal: Refusal & { readonly id?: string | null },
  notFound: C,
) {
  // Of a set: which one of it.
  const id = refusal.id ?? null;
  const which = id === null ? {} : { detail: `It is ${id}.` };
  switch (refusal.kind) {
    case "not_found":
      return problem(c, notFound, which);
    case "wrong_status":
      return problem(c, "wrong_status", {
        detail: `${id === null ? "Its status" : `The status of ${id}`} is ${refusal.status}: only what waits and is not cancelled can be approved. After a preview start the sweep, and approve that with the same digest.`,
      });
    case "wrong_digest":
      return problem(c, "plan_changed", which);
    case "same_key":
      return problem(c, "four_eyes", which);
    default:
      return never(refusal);
  }
}

import { z } from "@hono/zod-openapi";
import type { Refusal } from "../registrar/contract.ts";
import { never } from "../core/result.ts";
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

/** The body of what needs none. */
export const Nothing = z.strictObject({});

/** Answers why an approval or a cancellation was not taken. */
export function refuse<C extends "sweep_not_found" | "erasure_not_found">(
  c: ApiContext,
  refusal: Refusal,
  notFound: C,
) {
  switch (refusal.kind) {
    case "not_found":
      return problem(c, notFound);
    case "wrong_status":
      return problem(c, "wrong_status", { detail: `Its status is ${refusal.status}.` });
    case "wrong_digest":
      return problem(c, "plan_changed");
    case "same_key":
      return problem(c, "four_eyes");
    default:
      return never(refusal);
  }
}

import { z } from "@hono/zod-openapi";
import { orNull } from "../http/pagination.ts";

// The reports of `core/hold_report.ts` as schemas.

const count = z.int().min(0);
const timestamp = z.iso.datetime();

const Late = z
  .strictObject({
    count,
    sessions: z
      .array(z.strictObject({ source: z.string(), scope: z.string(), id: z.string() }))
      .readonly(),
    unknown: count,
  })
  .openapi("TooLate", {
    description:
      "Sessions that calls under way removed before it was in force: those known to match, at most 100 a source by name; and how many may match, which nobody can tell any more",
  });

const InForce = z
  .record(z.string(), z.boolean())
  .openapi("InForce", { description: "Whether each source obeys it now" });

const Target = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("session"),
      source: z.string(),
      scope: z.string(),
      id: z.string().nullable(),
    }),
    z.strictObject({
      kind: z.literal("subject"),
      identifier_types: z.array(z.string()).readonly(),
    }),
    z.strictObject({
      kind: z.literal("scope"),
      source: z.string(),
      globs: z.array(z.string()).readonly(),
    }),
    z.strictObject({
      kind: z.literal("metadata"),
      source: z.string().nullable(),
      paths: z.array(z.string()).readonly(),
    }),
  ])
  .openapi("HoldTarget", { description: "What it selects, without the values that name somebody" });

const ARTICLES = ["17(3)(a)", "17(3)(b)", "17(3)(c)", "17(3)(d)", "17(3)(e)"] as const;

const CODES = [
  "expires_by_itself",
  "own_expiry_cleared",
  "own_expiry_unknown",
  "may_expire_by_itself",
  "session_not_found",
  "binds_nothing_in",
  "source_missing",
] as const;

/** A hold as the API shows it. */
export const HoldReport = z
  .strictObject({
    id: z.string(),
    status: z.enum(["in_force", "ended", "released"]),
    review_due: z.boolean(),
    selector: Target,
    ground: z.union([
      z.strictObject({ article: z.enum(ARTICLES) }),
      z.strictObject({ text: z.string() }),
    ]),
    owner: z.string(),
    review_at: timestamp,
    ends_at: timestamp.nullable(),
    public_reason: z.string().nullable(),
    placed_by: z.string(),
    placed_at: timestamp,
    released_by: z.string().nullable(),
    released_at: timestamp.nullable(),
    in_force: InForce,
    too_late: Late,
    warnings: z
      .array(z.strictObject({ code: z.enum(CODES), source: z.string(), message: z.string() }))
      .readonly(),
  })
  .openapi("Hold");

const Pause = z
  .strictObject({
    until: timestamp.nullable(),
    by: z.string(),
    reason: z.string(),
    at: timestamp,
  })
  .openapi("Pause");

/** The switch as the API shows it. */
export const SwitchReport = z
  .strictObject({
    all: orNull(Pause),
    sources: z.record(z.string(), Pause),
    still_paused: z.array(z.string()).readonly().openapi({
      description:
        "Sources from which nothing is removed: to end the pause of all does not end theirs",
    }),
    in_force: InForce,
    too_late: Late,
    turns: z
      .array(
        z.strictObject({
          source: z.string().nullable().openapi({ description: "null: all" }),
          paused: z.boolean(),
          until: timestamp.nullable(),
          reason: z.string().nullable().openapi({ description: "null: a pause was taken away" }),
          by: z
            .string()
            .nullable()
            .openapi({ description: "The key; null: the pause ended by itself, at its time" }),
          at: timestamp,
        }),
      )
      .readonly()
      .openapi({ description: "Who turned it on and off: the last 100 turns, the newest first" }),
  })
  .openapi("Switch");

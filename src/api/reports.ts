import { z } from "@hono/zod-openapi";
import { APPROVALS } from "../core/policy/floors.ts";
import { DISPOSITIONS } from "../core/count/disposition.ts";
import { SWEEP_STATUSES } from "../core/report/sweep.ts";
import { ERASURE_STATUSES } from "../core/report/erasure.ts";
import { OVERDUE_BUCKETS, type OverdueBucket } from "../core/count/overdue.ts";
import { Who } from "../core/report/who.ts";
import { orNull } from "./http/pagination.ts";

// The reports of `core/job.ts` as schemas: what handlers answer is held against both.

const count = z.int().min(0);
const timestamp = z.iso.datetime();

const GuardStop = z
  .discriminatedUnion("code", [
    z.strictObject({ code: z.literal("brake_items"), due: count, limit: count }),
    z.strictObject({
      code: z.literal("brake_percent"),
      due: count,
      matched: count,
      limit: z.number(),
    }),
    z.strictObject({ code: z.literal("source_empty"), held: count }),
    z.strictObject({ code: z.literal("too_many"), found: count, limit: count }),
    z.strictObject({ code: z.literal("half_of_source"), found: count, matched: count }),
  ])
  .openapi("GuardStop");

const Unreadable = z
  .strictObject({
    count,
    sessions: z.array(z.strictObject({ scope: z.string(), id: z.string() })).readonly(),
  })
  .openapi("Unreadable", {
    description:
      "Sessions of which only the id can be read, and the first 20 of them: they are kept, and make an erasure partial",
  });

const JobError = z.strictObject({ code: z.string(), message: z.string() }).openapi("JobError");

const Dispositions = z
  .strictObject(
    Object.fromEntries(DISPOSITIONS.map((name) => [name, count.optional()])) as {
      [D in (typeof DISPOSITIONS)[number]]: z.ZodOptional<typeof count>;
    },
  )
  .openapi("Dispositions", { description: "How many sessions met each end; none are left out" });

const OverdueHistogram = z
  .strictObject(
    Object.fromEntries([...OVERDUE_BUCKETS, "longer"].map((name) => [name, count])) as Record<
      OverdueBucket,
      typeof count
    >,
  )
  .openapi("OverdueHistogram", {
    description: "Planned sessions by how long overdue: up to each, and over the one before",
  });

/** A sweep as the API shows it. */
export const SweepReport = z
  .strictObject({
    id: z.string(),
    policy: z.string(),
    policy_digest: z.string(),
    source: z.string(),
    scopes: z.array(z.string()).readonly().nullable().openapi({
      description:
        "The scopes that its text selects in, or both texts of a preview that compares, globs too; null: all",
    }),
    mode: z.enum(["observe", "enforce"]),
    status: z.enum(SWEEP_STATUSES),
    tick: timestamp
      .nullable()
      .openapi({ description: "The minute that started it; null: a person did" }),
    cutoff: timestamp.nullable(),
    guard: orNull(GuardStop),
    plan_digest: z.string().nullable(),
    counts: z.strictObject({
      examined: count,
      undated: count,
      due: count,
      kept: count,
      has_children: count,
      held: count,
      planned: count,
    }),
    dispositions: Dispositions,
    verified: z.strictObject({ read: count, seen_again: count }),
    error: orNull(JobError),
    note: z.string().nullable(),
    started_by: orNull(Who).openapi({ description: "null: a tick did" }),
    joined_by: z.array(Who).readonly().openapi({
      description: "The keys that asked for it while it was under way, each once",
    }),
    approved_by: z.array(Who).readonly().openapi({ description: "Empty: nobody has" }),
    cancelled_by: orNull(Who).openapi({
      description:
        "The first that asked to cancel it; null: nobody did. One that is `cancelled` all the same waited too long, or its policy or the floors changed while it waited",
    }),
    created_at: timestamp,
    waits_since: timestamp
      .nullable()
      .openapi({ description: "Since when its plan waits for a person; null: it does not" }),
    finished_at: timestamp.nullable(),
    lag_seconds: z
      .strictObject({ median: z.number(), p99: z.number(), max: z.number() })
      .nullable()
      .openapi({ description: "Time between a session's due time and its removal" }),
    approval: z
      .enum(APPROVALS)
      .openapi({ description: "Why the plan of this text waits for a person; none: it does not" }),
    floors: z
      .strictObject({
        approval: z.enum(APPROVALS),
        brake_percent_max: z.number().nullable(),
        min_age: z.string().nullable(),
      })
      .openapi({ description: "What the deployment asked of it when it began" }),
    trigger: z
      .enum(["tick", "request", "preview"])
      .openapi({ description: "A preview removes nothing and keeps its plan to be read" }),
    histogram: OverdueHistogram,
    plan_until: timestamp
      .nullable()
      .openapi({ description: "Until when the plan of a preview can be read" }),
    compared: z.strictObject({ added: count, removed: count }).nullable().openapi({
      description:
        "Of everything due, before the budget: due under this text alone, and under the one compared with alone; null, too, where either says `children: together`",
    }),
    backlog: count.nullable().openapi({
      description:
        "Sessions that were due, or may be, and are still there: beyond the budget, resting, held, refused, unread. Null: not known yet",
    }),
    oldest_due_at: timestamp.nullable().openapi({
      description: "When the longest overdue session of the backlog fell due, but for what is held",
    }),
    due_next_24h: z.strictObject({ count, at_least: z.boolean() }).nullable().openapi({
      description:
        "Sessions that are not due, and by their clocks will be within 24 hours of counted_at; at_least: the counting stopped there",
    }),
    counted_at: timestamp.nullable().openapi({
      description:
        "When due_next_24h and counts.undated were counted: with this sweep, or up to an hour before it where only what is due is listed",
    }),
    drain_seconds: count.nullable().openapi({
      description:
        "An estimate of how long the backlog takes at the pace of this sweep; null when it removed nothing",
    }),
    bound_by: z
      .strictObject({
        connections: z.number(),
        rate: z.number(),
        budget: z.number(),
        faults: z.number(),
      })
      .openapi({
        description:
          "Seconds that its time went into: calls under way, the source's pace, the policy's own budget.per_second, rests after faults",
      }),
    speed: z
      .enum(["connections", "rate", "budget", "faults"])
      .nullable()
      .openapi({ description: "What bound its speed: the greatest of bound_by" }),
    unsearched: count.openapi({
      description: "Agents that the credential may not list: nobody knows what is due there",
    }),
    unreadable: Unreadable,
    selected: count.nullable().openapi({
      description:
        "Sessions that match selects: all, or so many that counts.undated is no large share; null: not counted",
    }),
    unread: count.openapi({
      description:
        "Sessions that may be due and whose activity was not read, because the budget was full; they are in backlog, not in counts.due",
    }),
  })
  .openapi("SweepReport");

const NearMisses = z
  .strictObject({
    sessions: count,
    type: count,
    case: count,
    unicode: count,
    blanks: count,
    at_least: z.boolean(),
  })
  .openapi({
    description:
      "Sessions that were left, and whose value only looks like one that was asked for: of another type, case or Unicode form (or with invisible characters), or with other white space at an edge. at_least: only likely spellings were looked up. Null: the source was not looked through",
  });

const ErasureSource = z
  .strictObject({
    status: z.enum([
      "queued",
      "selecting",
      "planned",
      "removing",
      "verifying",
      "done",
      "no_match",
      "not_searched",
      "stalled",
      "failed",
    ]),
    found: count,
    unattributable: count.openapi({
      description:
        "Sessions that name nobody, and whose parent was gone before it was ever seen: nobody can say whose they are",
    }),
    dispositions: Dispositions,
    verified_at: z.array(timestamp).readonly(),
    guard: orNull(GuardStop),
    error: orNull(JobError),
    unreadable: Unreadable,
    near_misses: NearMisses.nullable(),
    not_erased: z.array(z.string()).readonly(),
  })
  .openapi("ErasureSource");

/** What an erasure may be asked under. */
export const REGULATIONS = ["gdpr", "ccpa", "other"] as const;

/** An erasure as the API shows it: it never repeats the identifiers. */
export const ErasureReport = z
  .strictObject({
    id: z.string(),
    status: z.enum(ERASURE_STATUSES),
    status_url: z.string(),
    regulation: z.enum(REGULATIONS).nullable(),
    requested_at: timestamp,
    reference: z.string().nullable(),
    identifier_types: z.array(z.string()).readonly(),
    limited_to: z
      .strictObject({
        sources: z.array(z.string()).readonly().nullable(),
        scopes: z.array(z.string()).readonly().nullable(),
      })
      .openapi({ description: "The sources and scopes that it was asked for; null: all" }),
    plan_digest: z.string().nullable(),
    sources: z.record(z.string(), ErasureSource),
    statement: z.string().nullable(),
    error: orNull(JobError),
    started_by: Who,
    approved_by: z.array(Who).readonly().openapi({
      description:
        "Each that has: the plan of a source that answers late may have to be approved by itself",
    }),
    cancelled_by: orNull(Who).openapi({ description: "null: nobody has asked to cancel it" }),
    created_at: timestamp,
    finished_at: timestamp.nullable(),
  })
  .openapi("ErasureReport");

import * as z from "zod";
import { BOUND_BY, Bound, UNBOUND } from "../pace/bound.ts";
import { DispositionCounts } from "../count/disposition.ts";
import { NONE_OVERDUE, OverdueHistogram } from "../count/overdue.ts";
import { APPROVALS, Floors } from "../policy/floors.ts";
import { CLOCKS } from "../session/session.ts";
import { NONE_UNREADABLE, Unreadable } from "../session/unreadable.ts";
import { orNull, timestamp, wholeNumber } from "../values/schema.ts";
import { GuardStop, JobError } from "./job.ts";
import { STOP_REASONS } from "./stop_reason.ts";
import { beforeTold, schemasOf, told } from "./told.ts";
import { Who } from "./who.ts";
import { named, says } from "../values/doc.ts";

/** What each status of a sweep means. docs/GLOSSARY.md is made from this. */
export const SWEEP_STATUS_MEANINGS = {
  queued: "It waits for its turn.",
  selecting: "It reads the source and makes its plan. Nothing is removed yet.",
  removing: "It removes what was planned.",
  verifying: "It reads back a share of what it removed, and writes its record.",
  completed: "Ended: it carried out its plan.",
  observed: "Ended: it made its plan and removed nothing, because it only observes.",
  braked: "It waits: a guard stopped its plan. A person may approve it.",
  needs_approval: "It waits: a person must approve its plan.",
  superseded: "Ended: its policy got a newer version, or the deployment's floors changed.",
  stopped:
    "Ended: its policy was deleted or turned off. With the error `order_known`: an object was restored.",
  stalled: "Ended: five attempts in a row made no progress.",
  cancelled:
    "Ended: a person cancelled it, or it waited too long, or its policy changed meanwhile.",
  failed: "Ended: it could not go on. Its error says why.",
} as const;
export type SweepStatus = keyof typeof SWEEP_STATUS_MEANINGS;

export const SWEEP_STATUSES = Object.keys(SWEEP_STATUS_MEANINGS) as [SweepStatus, ...SweepStatus[]];

/** What started a sweep. */
export const SWEEP_TRIGGERS = ["tick", "request", "preview"] as const;

/** A sweep with one of these waits for a person. */
export const WAITING_SWEEPS: ReadonlySet<string> = new Set(["braked", "needs_approval"]);

/** A sweep with one of these has ended. What neither waits nor has ended is under way. */
export const ENDED_SWEEPS: ReadonlySet<string> = new Set([
  "completed",
  "observed",
  "superseded",
  "stopped",
  "stalled",
  "cancelled",
  "failed",
]);

/** What a sweep looked at, and what it made of it. */
const SweepCounts = z.strictObject({
  examined: wholeNumber,
  matched: wholeNumber
    .nullable()
    .meta(
      says(
        "Sessions that match selects; 0: it selects nobody. Where only what is due is listed: null, not known; or so many that undated is no large share; or 0, if it selected none of those there were when that was looked up, at most an hour before, and nothing that was counted shows otherwise",
      ),
    ),
  undated: wholeNumber.meta(
    says(
      "Sessions that match selects, lack the clock of a clause and are due by no other; 0 for match.orphan, where they are not counted",
    ),
  ),
  due: wholeNumber.meta(
    says(
      "Sessions that are past a clause, and neither kept nor held; keep.latest is not asked about those that rest. As soon as the plan is made, each is in exactly one of resting, beyond_budget and planned",
    ),
  ),
  /** What `keep` keeps, and what waits for sessions that it has made. */
  kept: wholeNumber,
  /** Of these: they have made sessions that name nobody and are not due. */
  has_children: wholeNumber,
  /** Left because a hold binds them, and not counted as due; their activity may not have been read. */
  held: wholeNumber,
  resting: wholeNumber.meta(
    says(
      "Due, and left out for a while because an earlier sweep could not remove them: 10 minutes, doubled each time, up to a day",
    ),
  ),
  beyond_budget: wholeNumber.meta(
    says(
      "Due, and left to the next sweeps because budget.items is planned. Of those that were only counted nobody knows which rest. 0 until the plan is made",
    ),
  ),
  planned: wholeNumber,
});
type SweepCounts = Readonly<z.infer<typeof SweepCounts>>;

/** What is counted session by session. */
export type SessionCounts = Omit<SweepCounts, "matched" | "beyond_budget">;

export const NO_COUNTS: SessionCounts = {
  examined: 0,
  undated: 0,
  due: 0,
  kept: 0,
  has_children: 0,
  held: 0,
  resting: 0,
  planned: 0,
};

/** The same before anything is counted, as a report shows it. */
const UNTOLD_COUNTS: SweepCounts = { ...NO_COUNTS, matched: null, beyond_budget: 0 };

/** One clause of the policy, and what became of the sessions that it made due. */
const ClauseEnds = z
  .strictObject({
    clock: z.enum(CLOCKS),
    after: z.string(),
    dispositions: DispositionCounts,
  })
  .meta(named("ClauseEnds"));

/** What a Custodian tells of a sweep. */
const TOLD = {
  status: told(z.enum(SWEEP_STATUSES), "queued"),
  cutoff: told(timestamp.nullable(), null),
  guard: told(orNull(GuardStop), null),
  plan_digest: told(z.string().nullable(), null),
  counts: told(SweepCounts, UNTOLD_COUNTS),
  dispositions: told(DispositionCounts, {}),
  by_clause: told(
    z
      .array(ClauseEnds)
      .readonly()
      .meta(
        says(
          "The same by the clause of `expire` that made a session due, in the order of the policy",
        ),
      ),
    [],
  ),
  /** Removed sessions that were read back, and how many of them were seen again. */
  verified: told(z.strictObject({ read: wholeNumber, seen_again: wholeNumber }), {
    read: 0,
    seen_again: 0,
  }),
  error: told(orNull(JobError), null),
  finished_at: told(timestamp.nullable(), null),
  lag_seconds: told(
    z
      .strictObject({ median: z.number(), p99: z.number(), max: z.number() })
      .nullable()
      .meta(says("Time between a session's due time and its removal")),
    null,
  ),
  /** How long overdue the planned sessions were at the cutoff. */
  histogram: told(OverdueHistogram, NONE_OVERDUE),
  plan_until: told(
    timestamp.nullable().meta(says("Until when the plan of a preview can be read")),
    null,
  ),
  difference: told(
    z
      .strictObject({ added: wholeNumber, removed: wholeNumber })
      .nullable()
      .meta(
        says(
          "Of everything due, before the budget: due under this version alone, and under the one compared with alone; also null where either says `children: together`",
        ),
      ),
    null,
  ),
  backlog: told(
    wholeNumber
      .nullable()
      .meta(
        says(
          "Sessions that were due, or may be, and are still there: beyond the budget, resting, held, refused, unread. Null: not known yet",
        ),
      ),
    null,
  ),
  oldest_due_at: told(
    timestamp
      .nullable()
      .meta(
        says(
          "When the longest overdue session of the backlog fell due; what is held does not count",
        ),
      ),
    null,
  ),
  due_next_24h: told(
    z
      .strictObject({ count: wholeNumber, at_least: z.boolean() })
      .nullable()
      .meta(
        says(
          "Sessions that are not due, and by their clocks will be within 24 hours of counted_at; at_least: the counting stopped there",
        ),
      ),
    null,
  ),
  counted_at: told(
    timestamp
      .nullable()
      .meta(
        says(
          "When due_next_24h and counts.undated were counted: with this sweep, or up to an hour before it where only what is due is listed; null: they were not",
        ),
      ),
    null,
  ),
  drain_seconds: told(
    wholeNumber
      .nullable()
      .meta(
        says(
          "An estimate of how long the backlog takes at the pace of this sweep; null when it removed nothing",
        ),
      ),
    null,
  ),
  bound_by: told(
    Bound.meta(
      says(
        "Seconds that its time went into: calls under way, the source's pace, the policy's own budget.per_second, rests after faults",
      ),
    ),
    UNBOUND,
  ),
  speed: told(
    z.enum(BOUND_BY).nullable().meta(says("What bound its speed: the greatest of bound_by")),
    null,
  ),
  unsearched: told(
    wholeNumber.meta(
      says("Agents that the credential may not list: nobody knows what is due there"),
    ),
    0,
  ),
  unreadable: told(Unreadable, NONE_UNREADABLE),
  unread: told(
    wholeNumber.meta(
      says(
        "Sessions that may be due and whose activity was not read, because the budget was full; they are in backlog, not in counts.due",
      ),
    ),
    0,
  ),
};

/** What stands in the report of a sweep of which nothing was told yet. */
export const UNTOLD_SWEEP = beforeTold(TOLD);

/** A sweep as the API shows it. Times are RFC 3339 in UTC. */
export const SweepReport = z
  .strictObject({
    id: z.string(),
    policy: z.string(),
    policy_digest: z.string(),
    source: z.string(),
    scopes: z
      .array(z.string())
      .readonly()
      .nullable()
      .meta(
        says(
          "The scopes that its version of the policy selects in, or both versions of a preview that compares; globs as they are written. null: all",
        ),
      ),
    mode: z.enum(["observe", "enforce"]),
    tick: timestamp.nullable().meta(says("The minute that started it; null: a person did")),
    note: z.string().nullable(),
    started_by: orNull(Who).meta(says("null: a tick did")),
    joined_by: z
      .array(Who)
      .readonly()
      .meta(says("The keys that asked for it while it was under way, each once")),
    approved_by: z.array(Who).readonly().meta(says("Empty: nobody has")),
    cancelled_by: orNull(Who).meta(
      says(
        "The first that asked to cancel it; null: nobody did. `stop_reason` says why one was stopped all the same",
      ),
    ),
    stop_reason: z
      .enum(STOP_REASONS)
      .nullable()
      .meta(
        says(
          "Why it is being stopped, or was, where no key cancelled it; null: it is not, or came to another end",
        ),
      ),
    created_at: timestamp,
    waits_since: timestamp
      .nullable()
      .meta(says("Since when its plan waits for a person; null: it does not")),
    approval: z
      .enum(APPROVALS)
      .meta(says("Why the plan of this version waits for a person; none: it does not")),
    floors: Floors.meta(says("What the deployment asked of it when it began")),
    trigger: z
      .enum(SWEEP_TRIGGERS)
      .meta(says("A preview removes nothing and keeps its plan to be read")),
    folded: z
      .strictObject({ ticks: wholeNumber, since: timestamp })
      .nullable()
      .meta(
        says(
          "How many ticks in a row it stands for, its own included, and the first of them: all found nothing due, on the same day in UTC and under the same version. The others are in no list, and answer by their ids for a day after they began. null: for its own alone",
        ),
      ),
    ...schemasOf(TOLD),
  })
  .meta(named("SweepReport"));
export type SweepReport = Readonly<z.infer<typeof SweepReport>>;

/** What of a report its Custodian tells. */
export type SweepTold = Pick<SweepReport, keyof typeof TOLD>;

/** The keys that asked for a sweep: who started it, and who joined it. */
export function askersOf({
  started_by: started,
  joined_by: joined,
}: Pick<SweepReport, "started_by" | "joined_by">): string[] {
  return [...(started === null ? [] : [started]), ...joined].map(({ name }) => name);
}

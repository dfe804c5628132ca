import * as z from "zod";
import { DispositionCounts } from "../count/disposition.ts";
import { NearMisses } from "../session/near_miss.ts";
import { NONE_UNREADABLE, Unreadable } from "../session/unreadable.ts";
import { orNull, timestamp, wholeNumber } from "../values/schema.ts";
import { Blocker } from "./erasure_blocker.ts";
import { GuardStop, JobError } from "./job.ts";
import { beforeTold, schemasOf, told } from "./told.ts";
import { Who } from "./who.ts";
import { named, says } from "../values/doc.ts";

/** What each status of an erasure means. docs/GLOSSARY.md is made from this. */
export const ERASURE_STATUS_MEANINGS = {
  queued: "It waits for its turn in every source.",
  selecting: "It searches the sources. Nothing is removed before all that answer have planned.",
  planned: "It is being stopped.",
  removing: "It removes what was planned.",
  verifying: "It reads the sources again, to see that nothing is left.",
  completed:
    "Ended: sessions were found, and at the last read-back none of the person was visible any more.",
  partial:
    "Not everything could be searched or removed. Before its end, a source that has stalled is tried again. After it, what is left stays until the erasure is asked for anew.",
  no_match: "Ended: every source was searched, and none has a session of the person.",
  observed: "Ended: a dry run. It made its plan and removed nothing.",
  conflict: "Ended: the identifiers contradict each other, or an id names two sessions.",
  needs_approval: "It waits: a person must approve its plan. Its error says why.",
  stalled: "A source makes no progress. It is tried again.",
  cancelled: "Ended: a person cancelled it.",
  failed: "Ended: no source could be searched. The error of each source says why.",
} as const;
export type ErasureStatus = keyof typeof ERASURE_STATUS_MEANINGS;

export const ERASURE_STATUSES = Object.keys(ERASURE_STATUS_MEANINGS) as [
  ErasureStatus,
  ...ErasureStatus[],
];

/** What an erasure may be asked under. */
export const REGULATIONS = ["gdpr", "ccpa", "other"] as const;

const names = z.array(z.string()).readonly();

/** What a Custodian tells of its source's part of an erasure. */
const TOLD = {
  status: told(
    z.enum([
      "queued",
      "selecting",
      "planned",
      "removing",
      "verifying",
      "done",
      "observed",
      "no_match",
      "not_searched",
      "stalled",
      "failed",
    ]),
    "queued",
  ),
  found: told(wholeNumber, 0),
  unattributable: told(
    wholeNumber.meta(
      says(
        "Sessions that name nobody, and whose parent was gone before it was ever seen: their person is unknown",
      ),
    ),
    0,
  ),
  unsearched: told(
    wholeNumber.meta(says("Agents that the credential may not list: nobody knows what is there")),
    0,
  ),
  dispositions: told(DispositionCounts, {}),
  verified_at: told(z.array(timestamp).readonly(), []),
  guard: told(orNull(GuardStop), null),
  error: told(orNull(JobError), null),
  unreadable: told(Unreadable, NONE_UNREADABLE),
  near_misses: told(NearMisses.nullable(), null),
  /** What this provider keeps that no call of its API removes. */
  not_erased: told(names, []),
  plan_until: told(
    timestamp.nullable().meta(says("Until when the plan of a dry run can be read")),
    null,
  ),
};

/** What stands in the report of a part of which nothing was told yet. */
export const UNTOLD_PART = beforeTold(TOLD);

/** What an erasure found and did in one source. */
const ErasureSourceReport = z.strictObject(schemasOf(TOLD)).meta(named("ErasureSource"));
export type ErasureSourceReport = Readonly<z.infer<typeof ErasureSourceReport>>;

const Limits = z.strictObject({ sources: names.nullable(), scopes: names.nullable() });

/** Where alone an erasure looks; null: everywhere. */
export type ErasureLimits = Readonly<z.infer<typeof Limits>>;

/** An erasure as the API shows it: it never repeats the identifiers. */
export const ErasureReport = z
  .strictObject({
    id: z.string(),
    status: z.enum(ERASURE_STATUSES),
    status_url: z.string(),
    dry_run: z.boolean().meta(says("It only looks: it never removes anything")),
    regulation: z.enum(REGULATIONS).nullable(),
    requested_at: timestamp,
    due_at: timestamp.meta(
      says(
        "When its regulation wants it done, without an extension: a month after the request, 45 days under the CCPA. A dry run is never late",
      ),
    ),
    waits_since: timestamp
      .nullable()
      .meta(says("Since when it waits for an approval; null: it does not")),
    reference: z.string().nullable(),
    identifier_types: names,
    limited_to: Limits.meta(says("The sources and scopes that it was asked for; null: all")),
    plan_digest: z.string().nullable(),
    sources: z.record(z.string(), ErasureSourceReport),
    blockers: z
      .array(Blocker)
      .readonly()
      .nullable()
      .meta(
        says(
          "Of a dry run that has ended: what would keep the erasure from removing everything by itself. null: it has not ended, or is no dry run",
        ),
      ),
    /** What was seen, and no more; null until it has ended. */
    statement: z.string().nullable(),
    error: orNull(JobError),
    started_by: Who,
    approved_by: z
      .array(Who)
      .readonly()
      .meta(
        says(
          "Each that has: the plan of a source that answers late may have to be approved by itself",
        ),
      ),
    cancelled_by: orNull(Who).meta(says("null: no one has asked to cancel it")),
    created_at: timestamp,
    /** Null while it goes on: it may be `partial` then, while a source that has stalled is tried again. */
    finished_at: timestamp.nullable(),
  })
  .meta(named("ErasureReport"));
export type ErasureReport = Readonly<z.infer<typeof ErasureReport>>;

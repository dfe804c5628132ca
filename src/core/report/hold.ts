import * as z from "zod";
import { HoldGround, type HoldSelector } from "../hold/hold.ts";
import type { Pause } from "../hold/switch.ts";
import { orNull, timestamp, wholeNumber } from "../values/schema.ts";
import { formatInstant, formatTimestamp } from "../values/timestamp.ts";
import { named, says } from "../values/doc.ts";

const names = z.array(z.string()).readonly();

const Target = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("session"),
      source: z.string(),
      scope: z.string(),
      /** Null once the hold has ended. */
      id: z.string().nullable(),
    }),
    z.strictObject({ kind: z.literal("subject"), identifier_types: names }),
    z.strictObject({ kind: z.literal("scope"), source: z.string(), globs: names }),
    z.strictObject({ kind: z.literal("metadata"), source: z.string().nullable(), paths: names }),
  ])
  .meta(named("HoldTarget", "What it selects, without the values that name somebody"));
export type HoldTarget = Readonly<z.infer<typeof Target>>;

const Late = z
  .strictObject({
    count: wholeNumber,
    /** Empty once a hold has ended. */
    sessions: z
      .array(z.strictObject({ source: z.string(), scope: z.string(), id: z.string() }))
      .readonly(),
    unknown: wholeNumber,
  })
  .meta(
    named(
      "TooLate",
      "Sessions that calls under way removed before it was in force: those known to match, at most 100 for each source by name; and how many may match, which can no longer be known",
    ),
  );
/** What a hold or a pause came too late for, over all sources. */
export type LateReport = Readonly<z.infer<typeof Late>>;

const InForce = z
  .record(z.string(), z.boolean())
  .meta(named("InForce", "Whether each source obeys it now"));

const Held = z
  .strictObject({
    job: z.string().meta(says("A sweep or an erasure")),
    policy: z.string().nullable().meta(says("Of a sweep")),
    source: z.string(),
    held: wholeNumber.meta(says("Sessions that it has left so far, by any hold")),
    by_this_alone: z
      .boolean()
      .meta(
        says(
          "No other hold could bind there since the job began; false: which of them held is not known",
        ),
      ),
  })
  .meta(named("HeldBack"));
/** A job that leaves sessions because they are held. */
export type HeldBack = Readonly<z.infer<typeof Held>>;

const LeftOut = z
  .strictObject({
    source: z.string(),
    scope: z.string(),
    id: z.string(),
    job: z
      .string()
      .nullable()
      .meta(says("The sweep or erasure that left it out; null for a key of some workspaces")),
    at: timestamp,
  })
  .meta(named("LeftOut"));
/** A session that a plan left out because of a hold. */
export type LeftOut = Readonly<z.infer<typeof LeftOut>>;

const Matches = z
  .strictObject({
    counted_at: timestamp,
    sources: z
      .record(z.string(), wholeNumber.nullable())
      .meta(
        says(
          "By source; null: not counted, as at a provider, or where the embedded store would have to be read too far",
        ),
      ),
  })
  .meta(
    named(
      "HoldMatches",
      "How many sessions it matches: now, and in lists as it was when the hold was placed. null: nothing was counted",
    ),
  );
/** How many sessions a hold matched at a time. */
export type HoldMatches = Readonly<z.infer<typeof Matches>>;

const Warning = z.strictObject({
  code: z.enum([
    "expires_by_itself",
    "own_expiry_cleared",
    "own_expiry_unknown",
    "may_expire_by_itself",
    "session_not_found",
    "binds_nothing_in",
    "source_missing",
    "matches_nothing",
  ]),
  source: z.string(),
  message: z.string(),
});
/** Something that the caller should know about a hold. */
export type HoldWarning = Readonly<z.infer<typeof Warning>>;

/** A hold as the API shows it. */
export const HoldReport = z
  .strictObject({
    id: z.string(),
    status: z.enum(["in_force", "ended", "released"]),
    /** Its review date has passed, and it still binds. */
    review_due: z.boolean(),
    selector: Target,
    ground: HoldGround,
    owner: z.string(),
    review_at: timestamp,
    ends_at: timestamp.nullable(),
    public_reason: z.string().nullable(),
    reference: z.string().nullable().meta(says("Your own name for it")),
    placed_by: z.string(),
    placed_at: timestamp,
    released_by: z.string().nullable(),
    released_at: timestamp.nullable(),
    in_force: InForce,
    matches: orNull(Matches),
    holds_back: z
      .array(Held)
      .readonly()
      .nullable()
      .meta(
        says(
          "Sweeps and erasures under way that leave sessions because of holds where this one binds. null: not looked up, as in lists and for a key of some workspaces",
        ),
      ),
    left_out: z
      .array(LeftOut)
      .readonly()
      .nullable()
      .meta(
        says(
          "Up to 100 sessions that plans left out because of it, the newest first. One that is still left is noted again after an hour, and one that several holds bind counts for one of them. null: not looked up, as in lists and when it is over, or a source did not answer, or the key lacks `sessions:read`",
        ),
      ),
    too_late: Late,
    warnings: z.array(Warning).readonly(),
  })
  .meta(named("Hold"));
export type HoldReport = Readonly<z.infer<typeof HoldReport>>;

const PauseReport = z
  .strictObject({
    until: timestamp.nullable(),
    by: z.string(),
    reason: z.string(),
    at: timestamp,
  })
  .meta(named("Pause"));
/** A pause as the API shows it. */
export type PauseReport = Readonly<z.infer<typeof PauseReport>>;

const Turn = z.strictObject({
  source: z.string().nullable().meta(says("null: all")),
  paused: z.boolean(),
  until: timestamp.nullable(),
  reason: z.string().nullable().meta(says("null: a pause was taken away")),
  by: z.string().nullable().meta(says("The key; null: the pause ended by itself, at its time")),
  at: timestamp,
});
/** One turn of the switch: a pause that was set or taken away. */
export type SwitchTurn = Readonly<z.infer<typeof Turn>>;

/** The switch as the API shows it. */
export const SwitchReport = z
  .strictObject({
    all: orNull(PauseReport),
    sources: z.record(z.string(), PauseReport),
    still_paused: names.meta(
      says("Sources from which nothing is removed: to end the pause of all does not end theirs"),
    ),
    in_force: InForce,
    too_late: Late,
    turns: z
      .array(Turn)
      .readonly()
      .meta(
        says(
          "Who turned it on and off: the last 100 turns, the newest first; none for a key of some workspaces",
        ),
      ),
  })
  .meta(named("Switch"));
export type SwitchReport = Readonly<z.infer<typeof SwitchReport>>;

/** What may be shown of a selector while the hold stands. */
export function targetOf(selector: HoldSelector): HoldTarget {
  switch (selector.kind) {
    case "session":
    case "scope":
      return selector;
    case "subject":
      return {
        kind: "subject",
        identifier_types: [...new Set(selector.identifiers.map(({ type }) => type))],
      };
    case "metadata":
      return {
        kind: "metadata",
        source: selector.source,
        paths: Object.keys(selector.fields).toSorted(),
      };
  }
}

/** A pause with its times as RFC 3339. */
export function pauseReport({ until, by, reason, at }: Pause): PauseReport {
  return {
    until: formatInstant(until),
    by,
    reason,
    at: formatTimestamp(at),
  };
}

import * as z from "zod";
import { timestamp } from "../values/schema.ts";
import { STOP_REASONS } from "./stop_reason.ts";
import { named, says } from "../values/doc.ts";

/** Everything that is told of who did what. docs/API.md is made from this. */
export const ACTIVITY_MEANINGS = {
  "sweep.requested": "A key asked for a sweep. Those that a tick starts are not told.",
  "sweep.joined": "A key asked for a sweep that was under way.",
  "sweep.previewed": "A key asked for a preview.",
  "sweep.approved": "A key approved the plan of a sweep.",
  "sweep.cancelled": "A key cancelled a sweep.",
  "sweep.stopped": "A sweep ended by itself before its time. `code` is its `stop_reason`.",
  "erasure.requested": "A key or a webhook asked for an erasure.",
  "erasure.previewed": "A key asked for a dry run of an erasure.",
  "erasure.approved": "A key approved the plan of an erasure.",
  "erasure.cancelled": "A key cancelled an erasure.",
  "erasure.stopped": "An erasure ended by itself before its time: `conflict`.",
  "hold.placed": "A key placed a hold.",
  "hold.released": "A key released a hold.",
  "hold.ended": "A hold ended at its time.",
  "switch.paused": "A key paused a source, or all: then `id` is `*`.",
  "switch.resumed": "A pause was taken away; if `actor` is null, it ended at its time.",
  "policy.written": "A policy was written; with the code `kv`, directly in KV, by nobody known.",
  "policy.deleted": "A policy was deleted; with the code `kv`, directly in KV, by nobody known.",
  "sessions.imported": "A key imported sessions into an embedded source.",
} as const;
export type ActivityKind = keyof typeof ACTIVITY_MEANINGS;

export const ACTIVITY_KINDS = Object.keys(ACTIVITY_MEANINGS) as [ActivityKind, ...ActivityKind[]];

/** What the first word of a kind is about. */
const OBJECTS = {
  sweep: "sweep",
  erasure: "erasure",
  hold: "hold",
  policy: "policy",
  switch: "source",
  sessions: "source",
} as const;
type ObjectKind = (typeof OBJECTS)[keyof typeof OBJECTS];

/** What is kept for good, as the reports of the same are. */
const FOR_GOOD: ReadonlySet<ObjectKind> = new Set(["erasure", "hold"]);

const ActivityCode = z.enum([...STOP_REASONS, "conflict", "kv"]);
export type ActivityCode = z.infer<typeof ActivityCode>;

/** One thing that somebody did, or that ended by itself. Nothing here names a person whose data it is. */
export const Activity = z
  .strictObject({
    id: z.string(),
    at: timestamp,
    actor: z
      .string()
      .nullable()
      .meta(says("The key, or `webhook:<hook>`; null: it came by itself")),
    kind: z.enum(ACTIVITY_KINDS),
    object: z.strictObject({
      kind: z.enum(["sweep", "erasure", "hold", "policy", "source"]),
      id: z.string().meta(says("An id, or the name of a policy or a source")),
    }),
    code: ActivityCode.nullable().meta(says("Why it came by itself")),
  })
  .meta(named("Activity"));
export type Activity = Readonly<z.infer<typeof Activity>>;

export function objectOf(kind: ActivityKind): ObjectKind {
  return OBJECTS[kind.split(".")[0] as keyof typeof OBJECTS];
}

export function isKeptForGood(kind: ActivityKind): boolean {
  return FOR_GOOD.has(objectOf(kind));
}

import * as z from "zod";
import { formatDuration, parseDuration } from "../values/duration.ts";
import { APPROVALS } from "./floors.ts";
import { fieldErrors, type FieldError } from "../values/field_error.ts";
import { wrongKeysOf } from "../values/json_keys.ts";
import { dottedPath, exactNumber } from "../values/fields.ts";
import { sha256 } from "../values/hash.ts";
import { LEAST_PER_SECOND } from "../pace/bucket.ts";
import { err, ok, type Result } from "../values/result.ts";
import { parseSchedule, readZone } from "../schedule/schedule.ts";
import { jitterMs } from "../schedule/jitter.ts";
import { CLOCKS } from "../session/session.ts";
import { doc, docOf, says } from "../values/doc.ts";

export { fieldErrors, type FieldError } from "../values/field_error.ts";

/** The largest policy document that is read, in bytes. */
export const POLICY_MAX_BYTES = 64 * 1024;

/** What an id of a policy looks like; the KV key is `policy:<id>`. */
export const POLICY_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** What durations look like to an editor: units always, and which make one is for the parser to say. */
const DURATION_SHAPE = "^(P[0-9YMWDTHS]+|[0-9]+[hdw])$";

const duration = z
  .string('not a duration: write ISO 8601 such as "P30D" or "PT15M", or "30d", "12h"')
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.error });
      return z.NEVER;
    }
    return formatDuration(parsed.value);
  })
  .meta(
    docOf(() => ({
      type: "string",
      pattern: DURATION_SHAPE,
      description: "ISO 8601 duration with calendar meaning in UTC",
    })),
  );

const cron = z
  .string('not a schedule: write five cron fields such as "0 3 * * *"')
  .max(200, "too long: at most 200 characters")
  .transform((text, context) => {
    const parsed = parseSchedule(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.error });
      return z.NEVER;
    }
    return text.trim().split(/\s+/).join(" ").toUpperCase();
  })
  .meta(doc({ type: "string", description: "five cron fields, weekdays as names" }));

const zone = z
  .string()
  .max(64)
  .transform((name, context) => {
    const known = readZone(name);
    if (known === null) {
      const message = 'no such time zone: write a name such as "Europe/Berlin", or "UTC"';
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    return known;
  })
  .meta(doc({ type: "string", description: "a time zone by its name in the IANA database" }));

const jitter = duration
  .refine((text) => jitterMs(text) !== null, "write whole minutes, from PT1M to P1D")
  .meta(
    docOf(() => ({
      type: "string",
      pattern: DURATION_SHAPE,
      description: "ISO 8601 duration, whole minutes from PT1M to P1D",
    })),
  );

const schedule = z
  .union(
    [cron, z.strictObject({ cron, zone, jitter: jitter.optional() })],
    'not a schedule: write five cron fields in UTC such as "0 3 * * *", or { "cron", "zone" }',
  )
  .meta(says("five cron fields in UTC, or in a zone and spread by a jitter"));

const scalar = z.union(
  [z.string().max(500), exactNumber, z.boolean()],
  "write one text, number, true or false",
);

// What is there anyhow is left out, so that a document that says it means, and is, the same as one that does not.
const children = z
  .enum(["wait", "together"], 'write "wait" or "together"')
  .transform((how) => (how === "together" ? how : undefined))
  .meta(
    doc({
      type: "string",
      enum: ["wait", "together"],
      description:
        "whether a session waits for those that it has made, that name nobody and are not due, or takes them along; default wait",
    }),
  );

/** The share of the brake is judged only from this many due up: of three sessions, two are nothing. */
export const SHARE_COUNTS_FROM = 100;

const clause = z.strictObject({ clock: z.enum(CLOCKS), after: duration });

/** A retention rule as it is stored: every default filled in, every duration in its one spelling. */
export const Policy = z.strictObject({
  description: z.string().max(500).optional(),
  source: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,47}$/, "write the name of a source such as client_sessions"),
  expire: z.array(clause).min(1).max(3),
  mode: z.enum(["off", "observe", "enforce"]).default("observe"),
  match: z
    .strictObject({
      scope: z.array(z.string().min(1).max(100)).min(1).max(100).optional(),
      metadata: z
        .record(dottedPath, scalar)
        .refine((fields) => Object.keys(fields).length > 0, "name at least one path")
        .optional(),
      orphan: z.literal(true, "write true, or leave it out").optional(),
    })
    .optional(),
  keep: z
    .strictObject({ min_age: duration.optional(), latest: z.int().min(1).max(1000).optional() })
    .optional(),
  children: children.optional(),
  budget: z
    .strictObject({
      items: z.int().min(1).max(1_000_000).default(10_000),
      per_second: z.number().min(LEAST_PER_SECOND).max(10_000).optional(),
    })
    .prefault({}),
  brake: z
    .strictObject({
      items: z.int().min(1).max(1_000_000_000).optional(),
      percent: z.number().positive().max(100).default(50),
    })
    .prefault({}),
  schedule: schedule.optional(),
  approval: z.enum(APPROVALS).optional(),
  verify: z.number().min(0).max(100).default(1),
  note: z.string().max(1000).optional(),
});
export type Policy = z.output<typeof Policy>;

/** What a policy may say about a source: refused when it says more. */
export interface PolicyTarget {
  readonly clocks: readonly string[];
  readonly matches_metadata: boolean;
  /** Its sessions may have been made by others. */
  readonly has_parents?: boolean;
}

const MADE_BY_OTHERS = "sessions that others made";

/**
 * Reads a policy document and fills in its defaults. `targets` are the sources there are: a clock or a
 * match that the source does not have is an error that names those it has.
 */
export function parsePolicy(
  document: unknown,
  targets: ReadonlyMap<string, PolicyTarget>,
): Result<Policy, readonly FieldError[]> {
  const parsed = Policy.safeParse(document);
  if (!parsed.success) {
    return err(fieldErrors(parsed.error));
  }
  // zod's records pass over them in silence, so a condition would be lost.
  const unusable = wrongKeysOf(document);
  if (unusable.length > 0) {
    return err(unusable);
  }
  const policy = parsed.data;
  const target = targets.get(policy.source);
  if (target === undefined) {
    const names = [...targets.keys()].join(", ");
    const message =
      names === "" ? "no source is configured: see /healthz" : `no such source: there are ${names}`;
    return err([{ field: "source", message }]);
  }
  const { match } = policy;
  const isTogether = policy.children === "together";
  const has = (what: string): string => `${policy.source} has no ${what}: remove this key`;
  const isOrphan = match?.orphan !== undefined;
  const wrong: readonly (readonly [boolean, string, string])[] = [
    ...policy.expire.map(({ clock }, index) => {
      const message = `${policy.source} has ${target.clocks.join(" and ")}`;
      return [!target.clocks.includes(clock), `expire[${index}].clock`, message] as const;
    }),
    [match?.metadata !== undefined && !target.matches_metadata, "match.metadata", has("metadata")],
    [isOrphan && target.has_parents !== true, "match.orphan", has(MADE_BY_OTHERS)],
    [isTogether && target.has_parents !== true, "children", has(MADE_BY_OTHERS)],
    [
      isTogether && isOrphan,
      "children",
      "what is an orphan's is one itself and falls due as one: remove this key",
    ],
    [
      match !== undefined && Object.values(match).every((value) => value === undefined),
      "match",
      "name scope, metadata or orphan, or leave match out to match all",
    ],
  ];
  const errors = wrong.flatMap(([isWrong, field, message]) =>
    isWrong ? [{ field, message }] : [],
  );
  return errors.length === 0 ? ok(policy) : err(errors);
}

/**
 * SHA-256 over the stored form: two documents that mean the same have the same digest. An empty object says
 * nothing, so it is left out.
 */
export function policyDigest(policy: Policy): string {
  return sha256(JSON.stringify(sortKeys(policy)));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sortKeys);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && !isEmptyObject(inner))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 0
  );
}

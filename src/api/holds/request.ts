import * as z from "zod";
import { after } from "../../core/values/duration.ts";
import type { FieldError } from "../../core/values/field_error.ts";
import { dottedPath, exactNumber } from "../../core/values/fields.ts";
import { ARTICLES, type HoldSelector } from "../../core/hold/hold.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { Identifier, identifiersOf, looksWrong } from "../../core/session/subject.ts";
import { isPlausible, parseTimestamp } from "../../core/values/timestamp.ts";
import type { HoldRequest, SwitchChange } from "../../contract/registrar.ts";
import { POLICY_TARGETS } from "../../sources/kinds.ts";
import { noSuchSource, type SourceConfig } from "../../sources/provider.ts";
import { docOf, named, says } from "../../core/values/doc.ts";

const YEAR = { months: 12, days: 0, ms: 0 };

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/\p{Cc}/u.test(text), "leave control characters out");
const source = z.string().min(1).max(48);
const time = (description: string) =>
  z
    .string()
    .max(50)
    .meta(docOf(() => ({ format: "date-time", description })));

const ONE_SELECTOR =
  'name what is held, with one "kind": session, subject, scope or metadata; a hold without it would hold nothing';

const Selector = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({
        kind: z.literal("session"),
        source,
        scope: z.string().min(1).max(200),
        id: z.string().min(1).max(200),
      }),
      z.strictObject({
        kind: z.literal("subject"),
        identifiers: z.array(Identifier).min(1).max(20),
      }),
      z.strictObject({
        kind: z.literal("scope"),
        source,
        globs: z.array(z.string().min(1).max(100)).min(1).max(100),
      }),
      z.strictObject({
        kind: z.literal("metadata"),
        source: source.nullable().default(null),
        fields: z
          .record(dottedPath, z.union([z.string(), exactNumber, z.boolean()]))
          .refine((fields) => Object.keys(fields).length > 0, "name at least one path"),
        exact: z
          .boolean()
          .optional()
          .meta(says("The values are meant as they are, whatever they look like")),
      }),
    ],
    ONE_SELECTOR,
  )
  .meta(named("HoldSelector"));

/** The body of `POST /v1/holds`. */
export const HoldBody = z
  .strictObject({
    selector: Selector,
    ground: z
      .union(
        [z.strictObject({ article: z.enum(ARTICLES) }), z.strictObject({ text: line(500) })],
        'write {"article": "17(3)(e)"}, with a letter from a to e, or {"text": "…"}',
      )
      .meta(says("A letter of GDPR Art. 17(3), or free text")),
    owner: line(200).meta(says("Who answers for it. Kept for good")),
    review_at: time("When it must be looked at again: a year from now at most"),
    ends_at: time("When it ends by itself; without it only a release ends it").optional(),
    public_reason: line(500)
      .optional()
      .meta(says("What callers are told whose removal is refused")),
    reference: line(200)
      .optional()
      .meta(says("Your own name for it, kept for good. Not a person's")),
    clear_own_expiry: z
      .boolean()
      .default(false)
      .meta(says("Clear the held session's tti_minutes at its provider")),
  })
  .meta(named("HoldRequest"));

/** The body of `PUT /v1/switch`. */
export const SwitchBody = z
  .strictObject({
    source: source.optional().meta(says("One source; all without it")),
    paused: z.boolean(),
    until: time("When the pause ends by itself").optional(),
    reason: line(500).optional().meta(says("Required to pause")),
  })
  .meta(named("SwitchChange"));

type Sources = ReadonlyMap<string, Pick<SourceConfig, "kind">>;

/** Holds a request against the rules that need the clock and the configured sources. */
export function readHold(
  body: z.output<typeof HoldBody>,
  sources: Sources,
  now: number,
): Result<HoldRequest, readonly FieldError[]> {
  const { selector, review_at: review, ends_at: end, ...rest } = body;
  const errors = [...wrongSource(selector, sources), ...lookingWrong(selector)];
  const reviewAt = readMoment(review, "review_at", now, errors);
  if (reviewAt > after(now, YEAR)) {
    errors.push({ field: "review_at", message: "more than a year from now: review it earlier" });
  }
  const endsAt = end === undefined ? null : readMoment(end, "ends_at", now, errors);
  if (errors.length > 0) {
    return err(errors);
  }
  return ok({
    selector: selectorOf(selector),
    ground: rest.ground,
    owner: rest.owner,
    review_at: reviewAt,
    ends_at: endsAt,
    public_reason: rest.public_reason ?? null,
    reference: rest.reference ?? null,
    clear_own_expiry: rest.clear_own_expiry,
  });
}

/** The same for a turn of the switch. */
export function readSwitch(
  { source: name, paused, until, reason }: z.output<typeof SwitchBody>,
  sources: Sources,
  now: number,
): Result<SwitchChange, readonly FieldError[]> {
  const errors: FieldError[] = [];
  // A pause that is left behind by a source that is gone can still be taken away.
  if (name !== undefined && paused && !sources.has(name)) {
    errors.push({ field: "source", message: noSuchSource(sources) });
  }
  if (paused && reason === undefined) {
    errors.push({ field: "reason", message: "missing: write a text that says why" });
  }
  if (!paused && (until !== undefined || reason !== undefined)) {
    const field = until === undefined ? "reason" : "until";
    errors.push({ field, message: "leave it out where paused is false" });
  }
  const end = until === undefined || !paused ? null : readMoment(until, "until", now, errors);
  if (errors.length > 0) {
    return err(errors);
  }
  return ok({
    source: name ?? null,
    pause: paused ? { until: end, reason: reason ?? "" } : null,
  });
}

function wrongSource(selector: HoldSelector, sources: Sources): FieldError[] {
  if (selector.kind === "subject") {
    return [];
  }
  const field = "selector.source";
  const found = selector.source === null ? undefined : sources.get(selector.source);
  if (selector.source !== null && found === undefined) {
    return [{ field, message: noSuchSource(sources) }];
  }
  if (selector.kind !== "metadata") {
    return [];
  }
  const kinds = found === undefined ? [...sources.values()] : [found];
  return kinds.some(({ kind }) => POLICY_TARGETS[kind].matches_metadata)
    ? []
    : [{ field, message: "its sessions have no metadata: hold them by session, subject or scope" }];
}

/** Values that look like a mistake, and are not said to be meant: such a hold would hold nothing. */
function lookingWrong(selector: z.output<typeof Selector>): FieldError[] {
  if (selector.kind !== "metadata" || selector.exact === true) {
    return [];
  }
  return Object.entries(selector.fields).flatMap(([at, value]) => {
    const message =
      value === ""
        ? 'empty: if it is meant, add "exact": true to the selector'
        : typeof value === "string"
          ? looksWrong(value)
          : null;
    return message === null ? [] : [{ field: `selector.fields.${at}`, message }];
  });
}

/** The selector without what was said of how it is written. */
function selectorOf(selector: z.output<typeof Selector>): HoldSelector {
  switch (selector.kind) {
    case "subject":
      return { kind: "subject", identifiers: identifiersOf(selector.identifiers) };
    case "metadata":
      return { kind: "metadata", source: selector.source, fields: selector.fields };
    case "session":
    case "scope":
      return selector;
  }
}

/** A time in the future; noted as an error, and no number, when it is not. */
function readMoment(text: string, field: string, now: number, errors: FieldError[]): number {
  const at = parseTimestamp(text);
  if (at === null || !isPlausible(at)) {
    errors.push({ field, message: "write RFC 3339 such as 2027-06-15T00:00:00Z" });
    return NaN;
  }
  if (at <= now) {
    errors.push({ field, message: "in the past: write a time in the future" });
  }
  return at;
}

import * as z from "zod";
import type { FieldError } from "../../core/policy/policy.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { Identifier, identifiersOf } from "../../core/session/subject.ts";
import { isPlausible, parseTimestamp } from "../../core/values/timestamp.ts";
import type { ErasureRequest } from "../../contract/registrar.ts";
import { noSuchSource, type SourceConfig } from "../../sources/provider.ts";
import { REGULATIONS } from "../../core/report/erasure.ts";
import { doc, named, says } from "../../core/values/doc.ts";

/** How far another clock may be ahead of this one, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

const names = z.array(z.string().min(1).max(200)).min(1).max(100);

/** The body of `POST /v1/erasures`. */
export const ErasureBody = z
  .strictObject({
    subject: z.strictObject({ identifiers: z.array(Identifier).min(1).max(20) }),
    sources: names.optional().meta(says("Look in these sources alone; in every one without it")),
    scopes: names
      .optional()
      .meta(
        says(
          "Look in these scopes alone (exact workspaces of client sessions, agents of agent sessions); in every one without it",
        ),
      ),
    whole_customer: z
      .boolean()
      .optional()
      .meta(says("true is needed with a customer_key, which names a whole business")),
    dry_run: z
      .boolean()
      .optional()
      .meta(
        says(
          "Only look: it makes its plan, says what stands against it, and never removes anything",
        ),
      ),
    regulation: z.enum(REGULATIONS).optional(),
    requested_at: z
      .string()
      .max(50)
      .optional()
      .meta(doc({ format: "date-time", description: "When the person asked; now without it" })),
    reference: z
      .string()
      .min(1)
      .max(200)
      .refine((text) => !/\p{Cc}/u.test(text), "leave control characters out")
      .optional()
      .meta(says("Your own name for the request. Not the person's")),
  })
  .meta(named("ErasureRequest"));

/** Holds a request against the rules that need the clock and the configured sources. */
export function readErasure(
  body: z.output<typeof ErasureBody>,
  sources: ReadonlyMap<string, Pick<SourceConfig, "kind" | "person_paths">>,
  now: number,
): Result<ErasureRequest, readonly FieldError[]> {
  const { identifiers } = body.subject;
  const declared = declaredPaths(sources);
  const errors: FieldError[] = [];
  for (const [index, { type }] of identifiers.entries()) {
    if (type.startsWith("metadata:") && !declared.has(type)) {
      const known = declared.size === 0 ? "none" : [...declared].join(", ");
      errors.push({
        field: `subject.identifiers[${index}].type`,
        message: `no source declares this path as a person's: there are ${known} (person_paths in SOURCES)`,
      });
    }
    if (type === "customer_key" && body.whole_customer !== true) {
      errors.push({
        field: "whole_customer",
        message:
          'a customer_key names a whole business: add "whole_customer": true to erase all of it',
      });
    }
  }
  for (const [index, name] of (body.sources ?? []).entries()) {
    if (!sources.has(name)) {
      errors.push({ field: `sources[${index}]`, message: noSuchSource(sources) });
    }
  }
  const asked = body.requested_at === undefined ? now : parseTimestamp(body.requested_at);
  if (asked === null || !isPlausible(asked)) {
    errors.push({
      field: "requested_at",
      message: "write RFC 3339 such as 2025-06-15T16:54:17Z",
    });
  } else if (asked > now + CLOCK_SKEW_MS) {
    errors.push({ field: "requested_at", message: "in the future: at most 5 minutes ahead" });
  }
  if (errors.length > 0 || asked === null) {
    return err(errors);
  }
  return ok({
    identifiers: identifiersOf(identifiers),
    sources: body.sources ?? null,
    scopes: body.scopes ?? null,
    regulation: body.regulation ?? null,
    requested_at: asked,
    reference: body.reference ?? null,
    dry_run: body.dry_run ?? false,
  });
}

/** The `metadata:<path>` types that some agent source declares as a person's. */
function declaredPaths(
  sources: ReadonlyMap<string, Pick<SourceConfig, "kind" | "person_paths">>,
): ReadonlySet<string> {
  return new Set(
    [...sources.values()]
      .filter(({ kind }) => kind === "agent_sessions")
      .flatMap((source) => source.person_paths.map((path) => `metadata:${path}`)),
  );
}

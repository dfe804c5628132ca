import * as z from "zod";
import type { Context } from "hono";
import { FieldError } from "../../core/values/field_error.ts";
import type { AppEnv } from "./context.ts";
import { PROBLEM_CODES, PROBLEMS, type ProblemCode, type StatusOf } from "./error_codes.ts";
import { named, says } from "../../core/values/doc.ts";

const PROBLEM_TYPE = "application/problem+json";

/** A refusal as RFC 9457 writes it. */
const Problem = z
  .strictObject({
    type: z.string().meta(says("A reference to the code's entry in /docs")),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES),
    request_id: z.string(),
    errors: z.array(FieldError).optional(),
    places: z
      .array(z.strictObject({ source: z.string(), scope: z.string().nullable() }))
      .optional()
      .meta(says("With `several_sessions`: the first 20 places where one is")),
  })
  .meta(named("Problem"));
export type Problem = Readonly<z.output<typeof Problem>>;

interface More {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly places?: readonly { readonly source: string; readonly scope: string | null }[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a refusal of the catalogue; without a detail of its own, the way to mend it. */
export function problem<C extends ProblemCode>(c: Context<AppEnv>, code: C, more: More = {}) {
  const { status, title, mend } = PROBLEMS[code];
  c.set("problem_code", code);
  const body: Problem = {
    type: `/docs#${code}`,
    title,
    status,
    detail: more.detail ?? mend,
    code,
    request_id: c.get("request_id"),
    ...(more.errors === undefined ? {} : { errors: [...more.errors] }),
    ...(more.places === undefined
      ? {}
      : { places: more.places.map(({ source, scope }) => ({ source, scope })) }),
  };
  return c.json(body, status as StatusOf<C>, { ...more.headers, "content-type": PROBLEM_TYPE });
}

/** Answers that one field breaks a rule. */
export function invalidField(c: Context<AppEnv>, field: string, message: string) {
  return problem(c, "invalid_request", { errors: [{ field, message }] });
}

interface ProblemResponse {
  description: string;
  content: { "application/problem+json": { schema: typeof Problem } };
}

/** The declared responses of some codes, by status, for a route. */
export function problems<const C extends ProblemCode>(
  ...codes: readonly C[]
): { [S in StatusOf<C>]: ProblemResponse } {
  const byStatus: Partial<Record<number, ProblemResponse>> = {};
  for (const code of codes) {
    const { status, title, retryable } = PROBLEMS[code];
    const line = `\`${code}\`: ${title}.${retryable === true ? " Asking again can help." : ""}`;
    const known = byStatus[status];
    byStatus[status] = {
      description: known === undefined ? line : `${known.description} ${line}`,
      content: { [PROBLEM_TYPE]: { schema: Problem } },
    };
  }
  return byStatus as { [S in StatusOf<C>]: ProblemResponse };
}

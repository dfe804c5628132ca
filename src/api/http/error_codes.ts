/** One kind of refusal: what it means to HTTP, whether asking again can help, and how to mend it. */
export interface ProblemEntry {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 503;
  readonly title: string;
  readonly retryable?: true;
  readonly mend: string;
}

/** Every refusal of the API, and there is no other: bodies, OpenAPI, /docs and logs read it here. */
const CATALOGUE = {
  malformed_json: {
    status: 400,
    title: "The body is not JSON",
    mend: "Send one JSON object in UTF-8, at most 32 levels deep.",
  },
  invalid_request: {
    status: 400,
    title: "The request breaks a rule",
    mend: "Correct what `errors` names: each says the field, the rule and the fix.",
  },
  unauthorized: {
    status: 401,
    title: "No valid API key",
    mend: "Send `Authorization: Bearer <key>` with a key of API_KEYS.",
  },
  bad_signature: {
    status: 401,
    title: "The webhook is not signed as it must be",
    mend: "Sign with a current secret of this hook, with one family of headers, and send within 5 minutes.",
  },
  forbidden: {
    status: 403,
    title: "The key may not do this",
    mend: "Use a key with the key scope that the route needs.",
  },
  four_eyes: {
    status: 403,
    title: "A second person must approve",
    mend: "Approve with another key, which neither wrote the policy nor asked for the sweep or the erasure.",
  },
  unknown_path: {
    status: 404,
    title: "No such path",
    mend: "See /openapi.json for the paths there are.",
  },
  policy_not_found: {
    status: 404,
    title: "No such policy",
    mend: "See GET /v1/policies for those there are.",
  },
  sweep_not_found: {
    status: 404,
    title: "No such sweep",
    mend: "See GET /v1/sweeps for those there are.",
  },
  erasure_not_found: {
    status: 404,
    title: "No such erasure",
    mend: "See GET /v1/erasures for those there are.",
  },
  hold_not_found: {
    status: 404,
    title: "No such hold",
    mend: "See GET /v1/holds for those there are.",
  },
  hook_not_found: {
    status: 404,
    title: "No such webhook",
    mend: "Declare the hook in WEBHOOKS.",
  },
  method_not_allowed: {
    status: 405,
    title: "The path has no such method",
    mend: "Use a method of the Allow header.",
  },
  policy_off: {
    status: 409,
    title: "The policy is off",
    mend: "Set its mode to observe or enforce first.",
  },
  policy_invalid: {
    status: 409,
    title: "The stored policy is invalid and is skipped",
    mend: "PUT a valid policy under this id, or DELETE it.",
  },
  kv_stale: {
    status: 409,
    title: "KV still shows an older version of the policy",
    retryable: true,
    mend: "Ask again in a minute, with the same Idempotency-Key: a change may take that long to be seen.",
  },
  wrong_status: {
    status: 409,
    title: "Its status does not allow this",
    mend: "Read the report: only what waits can be approved, only what has not ended can be cancelled.",
  },
  plan_changed: {
    status: 409,
    title: "The plan has changed",
    mend: "Read the report again and approve the `plan_digest` that it shows.",
  },
  plan_pending: {
    status: 409,
    title: "The plan is not made yet",
    retryable: true,
    mend: "Ask again when the report shows a `plan_digest`.",
  },
  plan_gone: {
    status: 409,
    title: "The sessions of this plan are no longer kept",
    mend: "A plan is kept until its sweep or erasure has ended, that of a preview or a dry run until `plan_until`. Make a new one.",
  },
  idempotency_conflict: {
    status: 409,
    title: "The Idempotency-Key was used for another body",
    mend: "Use a new Idempotency-Key for a new request.",
  },
  too_many_holds: {
    status: 409,
    title: "There are more holds than can be kept",
    mend: "Release holds that are no longer needed, or replace several by one with a wider selector.",
  },
  webhook_conflict: {
    status: 409,
    title: "The webhook-id was used for another body",
    mend: "Send each event under an id of its own.",
  },
  session_exists: {
    status: 409,
    title: "A session of this id exists",
    mend: "Leave out the line that `errors` names. Nothing of this request was stored.",
  },
  several_sessions: {
    status: 409,
    title: "Several sessions have this id",
    mend: "Ask again with the `source` and the `scope` of one of `places`.",
  },
  precondition_failed: {
    status: 412,
    title: "The policy has changed",
    mend: "Read it again and send its ETag as If-Match. GET /v1/policies/{id}/versions has every digest.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    mend: "Send at most 256 KiB (a policy: 64 KiB, an import: 8 MiB).",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body has another content type than the route takes",
    mend: "Send the content type that /openapi.json names, in UTF-8 and without content encoding.",
  },
  missing_identifier: {
    status: 422,
    title: "The event names nobody",
    mend: "Send a field that the hook's `identifiers` declare, with one exact value.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    retryable: true,
    mend: "Wait as long as Retry-After says.",
  },
  too_many_previews: {
    status: 429,
    title: "Too many previews are under way",
    retryable: true,
    mend: "Ask again when one of them has ended, or cancel one.",
  },
  internal: {
    status: 500,
    title: "A fault in Lethe",
    retryable: true,
    mend: "Ask again with the same Idempotency-Key; report the request_id if it stays.",
  },
  not_configured: {
    status: 503,
    title: "Not configured",
    mend: "Set the secrets API_KEYS and LETHE_SECRET.",
  },
  migrations_missing: {
    status: 503,
    title: "The tables of the embedded store are missing or old",
    mend: "Apply the migrations: `npm run deploy`, or `npx wrangler d1 migrations apply STORE --remote`.",
  },
  not_in_force: {
    status: 503,
    title: "Recorded, and not yet in force everywhere",
    retryable: true,
    mend: "Lethe sends it to each source until all obey. Read it again: `in_force` names those that do.",
  },
  unavailable: {
    status: 503,
    title: "Not available now",
    retryable: true,
    mend: "Ask again a little later, with the same Idempotency-Key.",
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>;

export type ProblemCode = keyof typeof CATALOGUE;

export const PROBLEMS: {
  readonly [C in ProblemCode]: ProblemEntry & { readonly status: (typeof CATALOGUE)[C]["status"] };
} = CATALOGUE;

/** The HTTP status of a code, as a type: a handler may answer only those that its route declares. */
export type StatusOf<C extends ProblemCode> = (typeof PROBLEMS)[C]["status"];

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

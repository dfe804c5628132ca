import type { Activity } from "../../core/report/activity.ts";
import type { Attention } from "../../core/report/attention.ts";
import { UNTOLD_PART, type ErasureReport } from "../../core/report/erasure.ts";
import type { HoldReport, SwitchReport } from "../../core/report/hold.ts";
import type { PolicyState } from "../../core/report/policy_state.ts";
import type { RemovalsSums } from "../../core/report/removals.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../../core/report/sweep.ts";
import { Policy } from "../../core/policy/policy.ts";
import { NO_FLOORS } from "../../core/policy/floors.ts";
import { A_DIGEST } from "../http/decisions.ts";
import { PROBLEMS } from "../http/error_codes.ts";

// One day of one deployment: at midnight a tick swept, and a person asked to be forgotten.

const SWEPT_AT = "2026-11-26T00:00:00.000Z";
const ENDED_AT = "2026-11-26T00:00:04.120Z";
const ASKED_AT = "2026-11-26T09:30:00.000Z";
const ERASED_AT = "2026-11-26T09:30:06.300Z";

const SWEEP_ID = "swp_01m1d5ve00a3w8c1r5tq7y9zbk";
const ERASURE_ID = "ers_01m1e6fs40m2d4x6h8k0n3p5rt";
const HOLD_ID = "hld_01m19c3x80b1f3j5m7q9s2v4xz";

const policy = Policy.parse({
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "P30D" }],
  mode: "enforce",
});

const DISPOSITIONS = { deleted: 39, renewed: 1 };

const sweep: SweepReport = {
  ...UNTOLD_SWEEP,
  id: SWEEP_ID,
  policy: "stale-client-sessions",
  policy_digest: A_DIGEST,
  source: "client_sessions",
  scopes: null,
  mode: "enforce",
  tick: SWEPT_AT,
  note: null,
  started_by: null,
  joined_by: [],
  approved_by: [],
  cancelled_by: null,
  stop_reason: null,
  created_at: SWEPT_AT,
  waits_since: null,
  approval: "none",
  floors: NO_FLOORS,
  trigger: "tick",
  folded: null,
  status: "completed",
  cutoff: SWEPT_AT,
  plan_digest: A_DIGEST,
  counts: { ...UNTOLD_SWEEP.counts, examined: 1200, matched: 1200, due: 40, held: 1, planned: 40 },
  dispositions: DISPOSITIONS,
  by_clause: [{ clock: "expires_at", after: "P30D", dispositions: DISPOSITIONS }],
  verified: { read: 39, seen_again: 0 },
  finished_at: ENDED_AT,
  lag_seconds: { median: 1803.2, p99: 3554.1, max: 3560.9 },
  histogram: { ...UNTOLD_SWEEP.histogram, PT1H: 40 },
  backlog: 1,
  due_next_24h: { count: 37, at_least: false },
  counted_at: SWEPT_AT,
  drain_seconds: 1,
};

const part = {
  ...UNTOLD_PART,
  status: "done" as const,
  found: 3,
  dispositions: { deleted: 3 },
  verified_at: [ERASED_AT],
};

const erasure: ErasureReport = {
  id: ERASURE_ID,
  status: "completed",
  status_url: `/v1/erasures/${ERASURE_ID}`,
  dry_run: false,
  regulation: "gdpr",
  requested_at: ASKED_AT,
  due_at: "2026-12-26T09:30:00.000Z",
  waits_since: null,
  reference: "ticket 4711",
  identifier_types: ["user_identifier_key"],
  limited_to: { sources: null, scopes: null },
  plan_digest: A_DIGEST,
  sources: { client_sessions: part },
  blockers: null,
  statement: `No session matching the selector was visible to this credential, in these accounts, at these times: client_sessions at ${ERASED_AT}.`,
  error: null,
  started_by: { name: "support", at: ASKED_AT },
  approved_by: [],
  cancelled_by: null,
  created_at: ASKED_AT,
  finished_at: ERASED_AT,
};

const noneTooLate = { count: 0, sessions: [], unknown: 0 };

const hold: HoldReport = {
  id: HOLD_ID,
  status: "in_force",
  review_due: false,
  selector: { kind: "subject", identifier_types: ["user_identifier_key"] },
  ground: { article: "17(3)(e)" },
  owner: "legal",
  review_at: "2027-06-01T00:00:00.000Z",
  ends_at: null,
  public_reason: null,
  reference: "case 12",
  placed_by: "legal",
  placed_at: "2026-11-24T12:00:00.000Z",
  released_by: null,
  released_at: null,
  in_force: { client_sessions: true },
  matches: { counted_at: ASKED_AT, sources: { client_sessions: 1 } },
  holds_back: [],
  left_out: [
    {
      source: "client_sessions",
      scope: "b887bf84-9849-4454-a562-cf84293d9781",
      id: "c2cbd177-1ace-414b-bb1e-9f129e4a05c1",
      job: SWEEP_ID,
      at: SWEPT_AT,
    },
  ],
  too_late: noneTooLate,
  warnings: [],
};

const pause: Attention = {
  code: "paused",
  since: ASKED_AT,
  about: { kind: "source", id: "client_sessions" },
  message: "support paused client_sessions until somebody ends it: the import is looked into",
  settle: {
    method: "PUT",
    path: "/v1/switch",
    body: { paused: false, source: "client_sessions" },
  },
};

const health = {
  status: "degraded",
  configuration: [],
  registrar: "ok",
  last_tick: SWEPT_AT,
  policy_problems: [],
  sources: {
    client_sessions: {
      provider: "d1",
      endpoint: null,
      status: "ok",
      detail: null,
      at: ENDED_AT,
      since: SWEPT_AT,
      pace: null,
    },
  },
  attention: [pause],
  attention_more: {},
};

const state: PolicyState = {
  last_sweep: {
    id: SWEEP_ID,
    status: "completed",
    created_at: SWEPT_AT,
    finished_at: ENDED_AT,
  },
  removals_24h: DISPOSITIONS,
  removals_7d: { deleted: 251, renewed: 4 },
  backlog: 1,
  oldest_due_at: null,
  due_next_24h: 37,
  next_run_at: "2026-11-27T00:00:00.000Z",
  waits_for: [],
};

const switched: SwitchReport = {
  all: null,
  sources: {},
  still_paused: [],
  in_force: { client_sessions: true },
  too_late: noneTooLate,
  turns: [],
};

const activity: Activity = {
  id: "act_01m1e6fs40c5v7y9b2d4f6h8jk",
  at: ASKED_AT,
  actor: "support",
  kind: "erasure.requested",
  object: { kind: "erasure", id: ERASURE_ID },
  code: null,
};

const sums: RemovalsSums = {
  rows: [
    { disposition: "deleted", count: 42, gone: 42 },
    { disposition: "renewed", count: 1, gone: 0 },
  ],
  totals: { deleted: 42, renewed: 1 },
};

const explanation = {
  source: "client_sessions",
  scope: "b887bf84-9849-4454-a562-cf84293d9781",
  id: "c2cbd177-1ace-414b-bb1e-9f129e4a05c1",
  session: {
    clocks: { expires_at: "2026-10-20T08:00:00.000Z" },
    busy: false,
    activity: "read",
  },
  hold: HOLD_ID,
  policies: [
    {
      policy: "stale-client-sessions",
      mode: "enforce",
      verdict: "due",
      unmatched_by: null,
      clause: 0,
      clause_words: "removed 30 days after `expires_at`",
      clock: "expires_at",
      threshold: "2026-10-27T09:30:00.000Z",
      due_at: "2026-11-19T08:00:00.000Z",
      swept_next_at: null,
      stopped_by: ["hold"],
      errors: [],
    },
  ],
  planned: [],
  removed: null,
  searched: [{ source: "client_sessions", outcome: "found", detail: null }],
};

const problem = {
  type: "/docs#policy_not_found",
  title: PROBLEMS.policy_not_found.title,
  status: PROBLEMS.policy_not_found.status,
  detail: PROBLEMS.policy_not_found.mend,
  code: "policy_not_found",
  request_id: "req_01m1e6fs40t1w3z5a7c9e2g4jm",
};

/** One true example of each of these components of the document, by its name. */
export const EXAMPLES: Readonly<Record<string, object>> = {
  Policy: policy,
  PolicyState: state,
  SweepReport: sweep,
  ErasureReport: erasure,
  Hold: hold,
  Switch: switched,
  Health: health,
  Activity: activity,
  RemovalsReport: { since: "2026-10-28", until: "2026-11-26", counted: "sweeps", ...sums },
  Explanation: explanation,
  Imported: { imported: 1, undated: {} },
  IgnoredEvent: { status: "ignored" },
  Problem: problem,
};

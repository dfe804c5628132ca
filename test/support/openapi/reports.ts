import { NO_COUNTS, type SweepReport } from "../../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { NONE_OVERDUE } from "../../../src/core/count/overdue.ts";
import type { ErasureRequest } from "../../../src/contract/registrar.ts";

export const AT = "2026-09-01T12:00:00.000Z";

export function sweepReport(id: string, policy: string): SweepReport {
  return {
    id,
    policy,
    policy_digest: "d".repeat(64),
    source: "client_sessions",
    mode: "enforce",
    status: "braked",
    tick: null,
    cutoff: AT,
    guard: { code: "brake_percent", due: 150, matched: 200, limit: 50 },
    plan_digest: "plan",
    counts: { ...NO_COUNTS, examined: 200, due: 150, planned: 150 },
    dispositions: { deleted: 3 },
    verified: { read: 0, seen_again: 0 },
    error: null,
    note: null,
    scopes: null,
    started_by: { name: "root", at: AT },
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    created_at: AT,
    waits_since: null,
    finished_at: null,
    lag_seconds: { median: 1.5, p99: 2, max: 3 },
    trigger: "request",
    histogram: { ...NONE_OVERDUE, PT1H: 100, longer: 50 },
    plan_until: null,
    compared: null,
    backlog: null,
    oldest_due_at: null,
    due_next_24h: null,
    counted_at: null,
    drain_seconds: null,
    unsearched: 0,
    unreadable: { count: 0, sessions: [] },
    selected: null,
    unread: 0,
    bound_by: { connections: 0, rate: 0, budget: 0, faults: 0 },
    speed: null,
    approval: "none",
    floors: { approval: "none", brake_percent_max: null, min_age: null },
  };
}

const QUEUED: ErasureReport["sources"][string] = {
  status: "queued",
  found: 0,
  unattributable: 0,
  dispositions: {},
  verified_at: [],
  guard: null,
  error: null,
  unreadable: { count: 1, sessions: [{ scope: "agt_1", id: "ase_1" }] },
  near_misses: { sessions: 1, type: 0, case: 1, unicode: 0, blanks: 0, at_least: true },
  not_erased: [],
};

export function erasureReport(id: string, request: ErasureRequest): ErasureReport {
  return {
    id,
    status: "queued",
    status_url: `/v1/erasures/${id}`,
    regulation: request.regulation,
    requested_at: new Date(request.requested_at).toISOString(),
    reference: request.reference,
    identifier_types: request.identifiers.map(({ type }) => type),
    limited_to: { sources: request.sources, scopes: request.scopes },
    plan_digest: null,
    sources: Object.fromEntries(
      (request.sources ?? ["client_sessions"]).map((source) => [source, QUEUED]),
    ),
    statement: null,
    error: null,
    started_by: { name: "root", at: AT },
    approved_by: [],
    cancelled_by: null,
    created_at: AT,
    finished_at: null,
  };
}

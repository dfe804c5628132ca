import { NO_FLOORS } from "../../../src/core/policy/floors.ts";
import { noNearMisses } from "../../../src/core/session/near_miss.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../../../src/core/report/sweep.ts";
import { UNTOLD_PART, type ErasureReport } from "../../../src/core/report/erasure.ts";
import { NONE_OVERDUE } from "../../../src/core/count/overdue.ts";
import type { ErasureRequest } from "../../../src/contract/registrar.ts";

export const AT = "2026-09-01T12:00:00.000Z";

export function sweepReport(id: string, policy: string): SweepReport {
  return {
    ...UNTOLD_SWEEP,
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
    counts: { ...UNTOLD_SWEEP.counts, examined: 200, due: 150, planned: 150 },
    dispositions: { deleted: 3 },
    note: null,
    scopes: null,
    started_by: { name: "root", at: AT },
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    stop_reason: null,
    created_at: AT,
    waits_since: null,
    lag_seconds: { median: 1.5, p99: 2, max: 3 },
    trigger: "request",
    folded: null,
    histogram: { ...NONE_OVERDUE, PT1H: 100, longer: 50 },
    approval: "none",
    floors: NO_FLOORS,
  };
}

const QUEUED: ErasureReport["sources"][string] = {
  ...UNTOLD_PART,
  unreadable: { count: 1, sessions: [{ scope: "agt_1", id: "ase_1" }] },
  near_misses: { ...noNearMisses(true), sessions: 1, case: 1 },
};

export function erasureReport(id: string, request: ErasureRequest): ErasureReport {
  return {
    id,
    status: "queued",
    status_url: `/v1/erasures/${id}`,
    dry_run: request.dry_run,
    regulation: request.regulation,
    requested_at: new Date(request.requested_at).toISOString(),
    due_at: AT,
    waits_since: null,
    reference: request.reference,
    identifier_types: request.identifiers.map(({ type }) => type),
    limited_to: { sources: request.sources, scopes: request.scopes },
    plan_digest: null,
    sources: Object.fromEntries(
      (request.sources ?? ["client_sessions"]).map((source) => [source, QUEUED]),
    ),
    blockers: null,
    statement: null,
    error: null,
    started_by: { name: "root", at: AT },
    approved_by: [],
    cancelled_by: null,
    created_at: AT,
    finished_at: null,
  };
}

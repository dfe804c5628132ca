import { NO_FLOORS } from "../../src/core/policy/floors.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../../src/core/report/sweep.ts";

/** A sweep of a tick that removed what was due. */
export function sweep(changes: Partial<SweepReport> = {}): SweepReport {
  return {
    ...UNTOLD_SWEEP,
    id: "swp_1",
    policy: "expired-client-sessions",
    policy_digest: "d",
    source: "client_sessions",
    mode: "enforce",
    status: "completed",
    tick: null,
    plan_digest: "p",
    counts: { ...UNTOLD_SWEEP.counts, examined: 3002, due: 1266, planned: 1266 },
    dispositions: { deleted: 1200, renewed: 60, refused: 4, unknown: 2 },
    note: null,
    scopes: null,
    started_by: null,
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    stop_reason: null,
    created_at: "2026-08-01T12:00:20.000Z",
    waits_since: null,
    finished_at: "2026-08-01T12:00:21.500Z",
    trigger: "tick",
    folded: null,
    approval: "none",
    floors: NO_FLOORS,
    ...changes,
  };
}

/** One that found nothing to do. */
export function emptySweep(id: string): SweepReport {
  const counts = { ...UNTOLD_SWEEP.counts, examined: 3002 };
  return sweep({ id, counts, dispositions: {} });
}

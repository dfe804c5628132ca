import { pauseOf, type Pause } from "../../core/hold/switch.ts";
import { WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { AttentionFacts } from "../../core/rule/attention.ts";
import type { JobFacts, WaitingSweep } from "../../core/rule/attention_jobs.ts";
import {
  mayHaveMissed,
  type PolicyFacts,
  type Rhythm,
} from "../../core/rule/attention_policies.ts";
import { AT_RISK_MS } from "../../core/rule/erasure_due.ts";
import { ENDED_PARTS } from "../../core/rule/erasure.ts";
import { missingAfter } from "../../core/schedule/missing_tick.ts";
import { before } from "../../core/values/duration.ts";
import { isLocal, namesOf } from "../../sources/provider.ts";
import type { Records } from "../records.ts";
import type { PolicyGauge } from "../tables/gauges.ts";
import type { StandingSweep } from "../tables/sweeps.ts";

/** How often a policy without a schedule is swept where sessions are real. */
const HOURLY_MS = 3_600_000;

/** What may need a person at a time, read by index: as much whether there were ten sweeps or ten thousand. */
export function attentionFacts(records: Records, now: number): AttentionFacts {
  const { config, facts, holds, readings, restraints } = records;
  const pauses = restraints.pauses();
  const standing = records.sweeps.standing();
  const swept = new Set(records.gauges.all().map(({ source }) => source));
  return {
    // Written so that a time that is no number ends no pause.
    pauses: pauses.filter(({ until }) => until === null || !(now >= until)),
    sources: [...config.sources.keys()].map((source) => {
      const open = readings.openSince(source);
      const isAsked = swept.has(source) || (open !== null && isErasing(records, source));
      return {
        source,
        health: swept.has(source) ? facts.sourceHealth(source) : null,
        breaker_open_since: isAsked ? open : null,
      };
    }),
    last_tick: facts.get("last_tick"),
    tick_missing_since: missingSince(records, now),
    skipped: facts.get("policy_problems") ?? [],
    jobs: jobFacts(records, standing, now),
    policies: policyFacts(records, standing, pauses, now),
    holds: { first: holds.reviewDue(now), total: holds.count(now).review_due },
  };
}

/** Whether an erasure goes on in a source: else, and without a policy, nobody asks it, and it can show no better. */
function isErasing({ erasures }: Records, source: string): boolean {
  return erasures.openParts().some((part) => part.source === source);
}

/** Since when a tick is missing: by the timer, or by the last tick where the platform has lost the timer. */
function missingSince({ facts }: Records, now: number): number | null {
  const noted = facts.get("tick_missing_since");
  const last = facts.get("last_tick");
  if (noted !== null || last === null) {
    return noted;
  }
  const nextAt = last + (facts.get("tick_wait") ?? missingAfter([]));
  return nextAt < now ? nextAt : null;
}

/** The newest sweep of each policy that runs, where it stalled. */
export function stalledSweeps({ gauges, sweeps }: Records): readonly SweepReport[] {
  return gauges
    .all()
    .filter(({ ended_as: endedAs }) => endedAs === "stalled")
    .flatMap(({ policy }) => sweeps.newest(policy) ?? [])
    .filter(({ status }) => status === "stalled");
}

function jobFacts(records: Records, standing: readonly StandingSweep[], now: number): JobFacts {
  const { erasures } = records;
  const counts = new Map(erasures.countActive().map(({ status, n }) => [status, n]));
  const total = (...statuses: string[]): number =>
    statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  const late = erasures.dueIn(0, now);
  const atRisk = erasures.dueIn(now, now + AT_RISK_MS);
  return {
    sweeps_waiting: standing.filter(waits),
    sweeps_stalled: stalledSweeps(records),
    erasures_waiting: {
      first: erasures.waiting().map(({ id, waits_since: since }) => ({
        id,
        since: since === null ? null : Date.parse(since),
      })),
      total: total("needs_approval"),
    },
    erasures_stalled: {
      first: erasures.stalled().map((id) => {
        const held = erasures
          .parts(id)
          .filter(
            ({ report, stalled_since: since }) => since !== null && !ENDED_PARTS.has(report.status),
          );
        const times = held.flatMap(({ stalled_since: since }) => since ?? []);
        return {
          id,
          since: times.length === 0 ? null : Math.min(...times),
          sources: held.map(({ source }) => source),
        };
      }),
      total: total("stalled", "partial"),
    },
    erasures_late: late,
    erasures_at_risk: {
      first: atRisk.first.map((one) => ({ ...one, risky_since: one.due_at - AT_RISK_MS })),
      total: atRisk.total,
    },
  };
}

/** Whether a sweep waits for a person: one that was decided on waits only until its source has heard of it. */
function waits(sweep: StandingSweep): sweep is StandingSweep & WaitingSweep {
  return WAITING_SWEEPS.has(sweep.status) && sweep.decided === 0;
}

function policyFacts(
  records: Records,
  standing: readonly StandingSweep[],
  pauses: readonly Pause[],
  now: number,
): readonly PolicyFacts[] {
  const longAgo = before(now, records.config.overdue_after);
  const busy = new Set(
    standing
      .filter((one) => waits(one) || Date.parse(one.created_at) > longAgo)
      .map(({ policy }) => policy),
  );
  return records.gauges.all().map((gauge): PolicyFacts => {
    const { policy, source, backlog, undated_since: undatedSince } = gauge;
    const share = backlog?.undated ?? null;
    return {
      policy,
      source,
      ...expected(records, gauge, busy.has(policy), pauses, now),
      undated: share === null || undatedSince === null ? null : { ...share, since: undatedSince },
      nobody: nobodyOf(records, gauge),
    };
  });
}

/** How often a policy selected nobody. One of orphans is there for what should not be there. */
function nobodyOf(
  { versions }: Records,
  { policy, nobody, nobody_since: since }: PolicyGauge,
): PolicyFacts["nobody"] {
  const isMeant = nobody > 0 && versions.newest(policy)?.document?.match?.orphan === true;
  return { sweeps: isMeant ? 0 : nobody, since };
}

/** From when on a completed sweep is expected, and how often. A new version begins anew. */
function expected(
  { config, facts, versions }: Records,
  { policy, source: name, since, completed_at: completedAt }: PolicyGauge,
  isBusy: boolean,
  pauses: readonly Pause[],
  now: number,
): Pick<PolicyFacts, "completed_at" | "rhythm"> {
  const from = completedAt ?? since;
  const source = config.sources.get(name);
  const nothing = { completed_at: from, rhythm: null };
  // The version and its schedule are read of those alone that may be late.
  if (isBusy || source === undefined || !mayHaveMissed(from, now)) {
    return nothing;
  }
  const newest = versions.newest(policy);
  const document = newest?.document ?? null;
  const isPaused = pauseOf(pauses, namesOf(source, config.sources.values()), now) !== null;
  if (newest === null || document === null || document.mode === "off" || isPaused) {
    return nothing;
  }
  const rhythm: Rhythm | null =
    document.schedule ?? (isLocal(source) ? facts.get("tick_gap") : HOURLY_MS);
  return { completed_at: Math.max(from, newest.at), rhythm };
}

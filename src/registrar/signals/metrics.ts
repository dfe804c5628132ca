import type { MetricName, Sample } from "../../core/report/metrics.ts";
import { pauseOf } from "../../core/hold/switch.ts";
import { BREAKER_STATES, type PaceReading } from "../../core/pace/totals.ts";
import { namesOf } from "../../sources/provider.ts";
import { ATTENTION_CODES } from "../../core/report/attention.ts";
import { attentionOf } from "../../core/rule/attention.ts";
import { attentionFacts, stalledSweeps } from "./attention.ts";
import { zerosOf } from "./zeros.ts";
import type { Records } from "../records.ts";
import type { PolicyGauge } from "../tables/gauges.ts";

/** Every metric as it stands: names of policies and sources, counts and times, nothing of anybody. */
export function metricsOf(records: Records): Sample[] {
  const { config, counters, gauges, readings, runtime } = records;
  const now = runtime.now();
  const [counted, swept] = [counters.all(), gauges.all()];
  return [
    ...counted,
    ...zerosOf([...config.sources.keys()], swept, counted),
    ...swept.flatMap((gauge) => gaugeSamples(gauge, now)),
    ...attentionSamples(records, now),
    ...jobSamples(records),
    ...[...config.sources.keys()].flatMap((source) =>
      readingSamples(source, readings.of(source)?.reading ?? null),
    ),
    ...restraintSamples(records, now),
    ...deploymentSamples(records),
  ];
}

/** One figure; null: it is not known, and none. */
function sample(name: MetricName, labels: Sample["labels"], value: number | null): Sample[] {
  return value === null ? [] : [{ name, labels, value }];
}

function gaugeSamples(
  { policy, source, since, completed_at: completedAt, backlog, lag }: PolicyGauge,
  now: number,
): Sample[] {
  const labels = { source, policy };
  const age = (at: number): number => Math.max(0, now - at) / 1000;
  const oldest = backlog?.oldest_due_at ?? null;
  const overdue = oldest === null ? 0 : age(oldest);
  const quantiles =
    lag === null
      ? []
      : ([
          ["0.5", lag.median],
          ["0.99", lag.p99],
          ["1", lag.max],
        ] as const);
  return [
    ...sample("lethe_seconds_since_completed_sweep", labels, age(completedAt ?? since)),
    ...sample("lethe_backlog", labels, backlog?.count ?? null),
    ...sample("lethe_oldest_overdue_seconds", labels, backlog === null ? null : overdue),
    ...sample("lethe_due_next_24h", labels, backlog?.due_next_24h ?? null),
    ...sample("lethe_drain_seconds", labels, backlog?.drain_seconds ?? null),
    ...quantiles.flatMap(([quantile, value]) =>
      sample("lethe_lag_seconds", { ...labels, quantile }, value),
    ),
  ];
}

function jobSamples(records: Records): Sample[] {
  const { config, erasures, facts, sweeps } = records;
  const jobs = (kind: string, counts: readonly { status: string; n: number }[]): Sample[] =>
    counts.flatMap(({ status, n }) => sample("lethe_jobs", { kind, status }, n));
  const active = erasures.countActive();
  const stalled = active.filter(({ status }) => status === "stalled" || status === "partial");
  const stalledErasures = stalled.reduce((sum, { n }) => sum + n, 0);
  return [
    ...jobs("sweep", sweeps.countActive()),
    ...jobs("erasure", active),
    ...sample("lethe_stalled", { kind: "sweep" }, stalledSweeps(records).length),
    ...sample("lethe_stalled", { kind: "erasure" }, stalledErasures),
    ...[...config.sources.keys()].flatMap((source) => {
      const isFailing = facts.sourceHealth(source).status === "failing";
      return sample("lethe_source_failing", { source }, isFailing ? 1 : 0);
    }),
  ];
}

function deploymentSamples({ callbacks, commands, facts }: Records): Sample[] {
  const lastTick = facts.get("last_tick");
  const seconds = lastTick === null ? null : lastTick / 1000;
  return [
    ...sample("lethe_policies_invalid", {}, facts.get("policy_problems")?.length ?? 0),
    ...sample("lethe_last_tick_timestamp_seconds", {}, seconds),
    ...sample("lethe_callbacks_pending", {}, callbacks.waiting()),
    ...sample("lethe_commands_pending", {}, commands.count()),
  ];
}

function attentionSamples(records: Records, now: number): Sample[] {
  const { attention, attention_more: more } = attentionOf(attentionFacts(records, now), now);
  return ATTENTION_CODES.flatMap((code) => {
    const listed = attention.filter((one) => one.code === code).length;
    return sample("lethe_attention", { code }, listed + (more[code] ?? 0));
  });
}

/** What holds removals back: holds, the switch, and whether every Custodian obeys both. */
function restraintSamples(
  { config: { sources }, facts, restraints, holds }: Records,
  now: number,
): Sample[] {
  const { in_force, review_due } = holds.count(now);
  const version = facts.get("restraints")?.version ?? 0;
  const pauses = restraints.pauses();
  return [
    ...sample("lethe_holds", {}, in_force),
    ...sample("lethe_holds_review_due", {}, review_due),
    ...[...sources.values()].flatMap((config) => {
      const source = config.name;
      const isPaused = pauseOf(pauses, namesOf(config, sources.values()), now) !== null;
      const obeys = restraints.acknowledged(source) >= version;
      return [
        ...sample("lethe_paused", { source }, isPaused ? 1 : 0),
        ...sample("lethe_restraints_in_force", { source }, obeys ? 1 : 0),
      ];
    }),
  ];
}

/** A source as it stood at the end of its last slice. */
function readingSamples(source: string, reading: PaceReading | null): Sample[] {
  if (reading === null) {
    return [];
  }
  const { calls_by_status: calls, throttled_ms: throttled, breaker, rate, window } = reading;
  return [
    ...Object.entries(calls).flatMap(([status, value]) =>
      sample("lethe_upstream_calls_total", { source, status }, value),
    ),
    ...sample("lethe_throttled_seconds_total", { source }, throttled / 1000),
    ...BREAKER_STATES.flatMap((state) =>
      sample("lethe_breaker_state", { source, state }, state === breaker ? 1 : 0),
    ),
    ...sample("lethe_upstream_rate", { source }, rate),
    ...sample("lethe_upstream_window", { source }, window),
  ];
}

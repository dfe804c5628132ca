import type { MetricName, Sample } from "../../core/report/metrics.ts";
import { pauseOf } from "../../core/hold/switch.ts";
import type { SourceNews } from "../../contract/custodian.ts";
import { namesOf } from "../../sources/provider.ts";
import type { Records } from "../records.ts";
import type { Count } from "../tables/counters.ts";
import type { BacklogGauge, PolicyGauge } from "../tables/gauges.ts";

const BREAKER_STATES = ["closed", "half_open", "open"] as const;

/** Every metric as it stands: names of policies and sources, counts and times, nothing of anybody. */
export function metricsOf(records: Records): Sample[] {
  const now = records.runtime.now();
  return [
    ...records.counters.all().map(countSample),
    ...records.gauges.all().flatMap((gauge) => gaugeSamples(gauge, now)),
    ...deploymentSamples(records),
  ];
}

function countSample({ name, source, policy, label, total: value }: Count): Sample {
  switch (name) {
    case "removals": {
      const labels = { source, policy, disposition: label };
      return { name: "lethe_removals_total", labels, value };
    }
    case "sweeps":
      return { name: "lethe_sweeps_total", labels: { source, policy, status: label }, value };
    case "callbacks":
      return { name: "lethe_callbacks_total", labels: { type: source, result: label }, value };
    case "erasures":
      return { name: "lethe_erasures_total", labels: { status: label }, value };
    default:
      throw new Error("a counter without a metric");
  }
}

function gaugeSamples(
  { policy, source, since, completed_at: completedAt, backlog, lag }: PolicyGauge,
  now: number,
): Sample[] {
  const labels = { source, policy };
  const age = Math.max(0, now - (completedAt ?? since)) / 1000;
  return [
    { name: "lethe_seconds_since_completed_sweep", labels, value: age },
    ...(backlog === null ? [] : backlogSamples(labels, backlog, now)),
    ...(lag === null ? [] : lagSamples(labels, lag)),
  ];
}

function backlogSamples(labels: Sample["labels"], gauge: BacklogGauge, now: number): Sample[] {
  const { count, oldest_due_at: oldest, due_next_24h: soon, drain_seconds: drain } = gauge;
  const known = (name: MetricName, value: number | null): Sample[] =>
    value === null ? [] : [{ name, labels, value }];
  return [
    { name: "lethe_backlog", labels, value: count },
    {
      name: "lethe_oldest_overdue_seconds",
      labels,
      value: oldest === null ? 0 : Math.max(0, now - oldest) / 1000,
    },
    ...known("lethe_due_next_24h", soon),
    ...known("lethe_drain_seconds", drain),
  ];
}

function lagSamples(
  labels: Sample["labels"],
  { median, p99, max }: NonNullable<PolicyGauge["lag"]>,
): Sample[] {
  return (
    [
      ["0.5", median],
      ["0.99", p99],
      ["1", max],
    ] as const
  ).map(([quantile, value]) => ({
    name: "lethe_lag_seconds",
    labels: { ...labels, quantile },
    value,
  }));
}

function deploymentSamples(records: Records): Sample[] {
  const { callbacks, commands, config, erasures, facts, readings, sweeps } = records;
  const lastTick = facts.lastTick();
  const one = (name: MetricName, value: number): Sample => ({ name, labels: {}, value });
  const jobs = (kind: string, counts: readonly { status: string; n: number }[]): Sample[] =>
    counts.map(({ status, n }) => ({ name: "lethe_jobs", labels: { kind, status }, value: n }));
  const active = erasures.countActive();
  const stalled = active.filter(({ status }) => status === "stalled" || status === "partial");
  return [
    ...jobs("sweep", sweeps.countActive()),
    ...jobs("erasure", active),
    {
      name: "lethe_stalled",
      labels: { kind: "sweep" },
      value: sweeps.recentlyStalled().length,
    },
    {
      name: "lethe_stalled",
      labels: { kind: "erasure" },
      value: stalled.reduce((sum, { n }) => sum + n, 0),
    },
    ...[...config.sources.keys()].map((source): Sample => {
      const value = facts.sourceHealth(source).status === "failing" ? 1 : 0;
      return { name: "lethe_source_failing", labels: { source }, value };
    }),
    ...[...config.sources.keys()].flatMap((source) => {
      const reading = readings.of(source);
      return reading === null ? [] : readingSamples(source, reading);
    }),
    ...restraintSamples(records),
    one("lethe_policies_invalid", facts.policyProblems().length),
    ...(lastTick === null
      ? []
      : [one("lethe_last_tick_timestamp_seconds", Date.parse(lastTick) / 1000)]),
    one("lethe_callbacks_pending", callbacks.waiting()),
    one("lethe_commands_pending", commands.count()),
  ];
}

/** What holds removals back: holds, the switch, and whether every Custodian obeys both. */
function restraintSamples({
  config: { sources },
  facts,
  restraints,
  holds,
  runtime,
}: Records): Sample[] {
  const now = runtime.now();
  const { in_force, review_due } = holds.count(now);
  const pauses = restraints.pauses();
  return [
    { name: "lethe_holds", labels: {}, value: in_force },
    { name: "lethe_holds_review_due", labels: {}, value: review_due },
    ...[...sources.values()].flatMap((config): Sample[] => {
      const labels = { source: config.name };
      const isPaused = pauseOf(pauses, namesOf(config, sources.values()), now) !== null;
      const obeys = restraints.acknowledged(config.name) >= facts.restraintsVersion();
      return [
        { name: "lethe_paused", labels, value: isPaused ? 1 : 0 },
        { name: "lethe_restraints_in_force", labels, value: obeys ? 1 : 0 },
      ];
    }),
  ];
}

/** A source as it stood at the end of its last slice. */
function readingSamples(source: string, reading: SourceNews["reading"]): Sample[] {
  const { calls_by_status: calls, throttled_ms: throttled, breaker, rate, window } = reading;
  const gauge = (name: MetricName, value: number | null): Sample[] =>
    value === null ? [] : [{ name, labels: { source }, value }];
  return [
    ...Object.entries(calls).map(([status, value]): Sample => {
      return { name: "lethe_upstream_calls_total", labels: { source, status }, value };
    }),
    { name: "lethe_throttled_seconds_total", labels: { source }, value: throttled / 1000 },
    ...BREAKER_STATES.map((state): Sample => {
      const value = state === breaker ? 1 : 0;
      return { name: "lethe_breaker_state", labels: { source, state }, value };
    }),
    ...gauge("lethe_upstream_rate", rate),
    ...gauge("lethe_upstream_window", window),
  ];
}

/** Every metric there is. What each says in more words: docs/SIGNALS.md. */
export const METRICS = {
  lethe_removals_total: {
    type: "counter",
    help: "Planned sessions that met their end, by disposition; erasures have no policy",
  },
  lethe_sweeps_total: { type: "counter", help: "Sweeps that ended, by status" },
  lethe_erasures_total: { type: "counter", help: "Erasures that ended, by status" },
  lethe_seconds_since_completed_sweep: {
    type: "gauge",
    help: "Age of the last completed sweep of a policy, or of the policy if it had none",
  },
  lethe_backlog: {
    type: "gauge",
    help: "Sessions that were due at the last plan of a policy, or may have been, and are still there",
  },
  lethe_oldest_overdue_seconds: {
    type: "gauge",
    help: "For how long the longest overdue session of the backlog is due, but for what is held",
  },
  lethe_due_next_24h: {
    type: "gauge",
    help: "Sessions that fall due within a day, as of the last count; at least so many",
  },
  lethe_drain_seconds: {
    type: "gauge",
    help: "Estimate of how long the backlog takes; absent while unknown",
  },
  lethe_lag_seconds: {
    type: "gauge",
    help: "Time from due to removed in the last sweep that removed something; quantile 1 is the most",
  },
  lethe_jobs: { type: "gauge", help: "Sweeps and erasures that have not ended, by status" },
  lethe_stalled: { type: "gauge", help: "Stalled erasures, and policies whose last sweep stalled" },
  lethe_source_failing: {
    type: "gauge",
    help: "1 if the last sweep of a source ended with an error, else 0",
  },
  lethe_upstream_calls_total: {
    type: "counter",
    help: "Calls to a source by the class of their status; none is no answer",
  },
  lethe_throttled_seconds_total: {
    type: "counter",
    help: "Time for which 429s and Retry-After have stopped a source",
  },
  lethe_breaker_state: {
    type: "gauge",
    help: "1 for the state that the breaker of a source is in, 0 for the others",
  },
  lethe_upstream_rate: {
    type: "gauge",
    help: "Calls a second that a source is asked at most; absent while unlimited",
  },
  lethe_upstream_window: { type: "gauge", help: "Calls to a source at once, at most" },
  lethe_holds: { type: "gauge", help: "Holds in force" },
  lethe_holds_review_due: { type: "gauge", help: "Holds in force whose review date has passed" },
  lethe_paused: { type: "gauge", help: "1 while the switch pauses removals in a source, else 0" },
  lethe_restraints_in_force: {
    type: "gauge",
    help: "1 if the Custodian of a source has stored the newest holds and pauses, else 0",
  },
  lethe_policies_invalid: { type: "gauge", help: "Policies that the last tick skipped as invalid" },
  lethe_last_tick_timestamp_seconds: {
    type: "gauge",
    help: "When the cron last ticked, as a Unix time",
  },
  lethe_callbacks_total: {
    type: "counter",
    help: "Events for the callback, by what became of them",
  },
  lethe_callbacks_pending: { type: "gauge", help: "Events that the callback has not taken" },
  lethe_commands_pending: {
    type: "gauge",
    help: "Commands that their Custodian has not acknowledged",
  },
} as const satisfies Readonly<Record<string, MetricKind>>;
export type MetricName = keyof typeof METRICS;

interface MetricKind {
  readonly type: "counter" | "gauge";
  /** One line. */
  readonly help: string;
}

/** One figure of one metric. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** At most so many policies are labelled by their id. */
export const MOST_POLICIES = 200;

/** The label of every policy beyond those. */
export const OTHER_POLICIES = "other";

/**
 * Samples in Prometheus' text format 0.0.4, a metric's samples together
 * (prometheus.io/docs/instrumenting/exposition_formats). A metric without samples is only declared.
 */
export function renderMetrics(samples: readonly Sample[]): string {
  const byName = Map.groupBy(samples, ({ name }) => name);
  const lines = Object.entries(METRICS).flatMap(([name, { type, help }]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...(byName.get(name as MetricName) ?? []).map(renderSample),
  ]);
  return `${lines.join("\n")}\n`;
}

function renderSample({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** How the figures of several policies become one. */
export type Fold = "sum" | "max";

/**
 * Bounds the label `policy`: the first policies keep their id, the figures of all others become one,
 * labelled `other`. `order` has the ids in the order in which they keep their place.
 */
export function foldPolicies(
  samples: readonly Sample[],
  order: readonly string[],
  folds: Readonly<Partial<Record<MetricName, Fold>>>,
): Sample[] {
  const named = new Set(order.slice(0, MOST_POLICIES));
  const kept: Sample[] = [];
  const folded = new Map<string, Sample>();
  for (const sample of samples) {
    const { name, labels, value } = sample;
    const { policy } = labels;
    const fold = folds[name];
    if (policy === undefined || named.has(policy)) {
      kept.push(sample);
    } else if (fold !== undefined) {
      const others = { ...labels, policy: OTHER_POLICIES };
      const key = JSON.stringify([name, others]);
      const known = folded.get(key)?.value;
      const sum = fold === "sum" ? (known ?? 0) + value : Math.max(known ?? value, value);
      folded.set(key, { name, labels: others, value: sum });
    }
  }
  return [...kept, ...folded.values()];
}

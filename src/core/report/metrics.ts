import { doc } from "../values/doc.ts";

/** Every metric there is. docs/SIGNALS.md is made from this. */
export const METRICS = {
  lethe_removals_total: {
    type: "counter",
    labels: ["source", "policy", "disposition"],
    help: "Planned sessions that ended, by disposition; erasures have no policy",
    more: doc("Erasures count with an empty `policy`."),
  },
  lethe_sweeps_total: {
    type: "counter",
    labels: ["source", "policy", "status"],
    help: "Sweeps that ended, by status",
  },
  lethe_erasures_total: {
    type: "counter",
    labels: ["status"],
    help: "Erasures that ended, by status",
    more: doc("Dry runs do not count."),
  },
  lethe_seconds_since_completed_sweep: {
    type: "gauge",
    labels: ["source", "policy"],
    help: "Age of the last completed sweep of a policy, or of the policy if it had none",
    more: doc(
      "A sweep counts if it `completed` or was `observed`. A policy without one counts from the first tick that saw it.",
    ),
  },
  lethe_backlog: {
    type: "gauge",
    labels: ["source", "policy"],
    help: "Sessions that were due at the last plan of a policy, or may have been, and are still there",
    more: doc(
      "They are beyond the budget, resting, held, refused, or `unread`. This and the next three metrics are as a sweep last reported them, and missing until a sweep came as far as a plan.",
    ),
  },
  lethe_oldest_overdue_seconds: {
    type: "gauge",
    labels: ["source", "policy"],
    help: "How long the longest overdue session of the backlog has been due, without held ones",
    more: doc(
      "Measured now; 0 without any. Held sessions do not count: they are late because somebody wants it.",
    ),
  },
  lethe_due_next_24h: {
    type: "gauge",
    labels: ["source", "policy"],
    help: "Sessions that fall due within a day, as of the last count; at least so many",
    more: doc("The count may be an hour old. Where counting stopped, it is a lower bound."),
  },
  lethe_drain_seconds: {
    type: "gauge",
    labels: ["source", "policy"],
    help: "Estimate of how long the backlog takes; absent while unknown",
    more: doc("It uses the pace of the last sweep, and is missing if that removed nothing."),
  },
  lethe_lag_seconds: {
    type: "gauge",
    labels: ["source", "policy", "quantile"],
    help: "Time from due to removed in the last sweep that removed something; quantile 1 is the most",
  },
  lethe_jobs: {
    type: "gauge",
    labels: ["kind", "status"],
    help: "Sweeps and erasures that have not ended, by status",
    more: doc(
      "`braked` and `needs_approval` wait for a person. Dry runs of erasures do not count.",
    ),
  },
  lethe_stalled: {
    type: "gauge",
    labels: ["kind"],
    help: "Stalled erasures, and policies whose last sweep stalled",
  },
  lethe_attention: {
    type: "gauge",
    labels: ["code"],
    help: "Matters that need a person, by the codes of attention in /healthz",
    more: doc(
      "Without `registrar_unreachable`, `configuration` and tables that no sweep has missed yet, which only `/healthz` sees.",
    ),
  },
  lethe_source_failing: {
    type: "gauge",
    labels: ["source"],
    help: "1 if the last sweep of a source ended with an error, else 0",
  },
  lethe_upstream_calls_total: {
    type: "counter",
    labels: ["source", "status"],
    help: "Calls to a source by the class of their status; none is no answer",
    more: doc(
      "The classes are `2xx`, `3xx`, `4xx`, `404`, `429`, `5xx` and `none`; 404 and 429 do not count as `4xx`. The embedded store answers no calls. This and the next four metrics are as of the last slice.",
    ),
  },
  lethe_throttled_seconds_total: {
    type: "counter",
    labels: ["source"],
    help: "Time for which 429s and Retry-After have stopped a source",
  },
  lethe_breaker_state: {
    type: "gauge",
    labels: ["source", "state"],
    help: "1 for the state that the breaker of a source is in, 0 for the others",
    more: doc("The states are `closed`, `half_open` and `open`."),
  },
  lethe_upstream_rate: {
    type: "gauge",
    labels: ["source"],
    help: "Calls a second that a source is asked at most; absent while unlimited",
  },
  lethe_upstream_window: {
    type: "gauge",
    labels: ["source"],
    help: "Calls to a source at once, at most",
    more: doc("Absent until there was a window."),
  },
  lethe_holds: {
    type: "gauge",
    labels: [],
    help: "Holds in force",
  },
  lethe_holds_review_due: {
    type: "gauge",
    labels: [],
    help: "Holds in force whose review date has passed",
    more: doc("They still bind."),
  },
  lethe_paused: {
    type: "gauge",
    labels: ["source"],
    help: "1 while the switch pauses removals in a source, else 0",
  },
  lethe_restraints_in_force: {
    type: "gauge",
    labels: ["source"],
    help: "1 if the Custodian of a source has stored the newest holds and pauses, else 0",
    more: doc("If it stays 0, the Custodian is out of reach, and removes nothing."),
  },
  lethe_policies_invalid: {
    type: "gauge",
    labels: [],
    help: "Policies that the last tick skipped as invalid",
    more: doc(
      "Also counted, 501 at most in all: superseded versions that KV still shows, and 1 if KV could not be read.",
    ),
  },
  lethe_last_tick_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the cron last ticked, as a Unix time",
    more: doc("A tick counts also if it could not read the policies."),
  },
  lethe_callbacks_total: {
    type: "counter",
    labels: ["type", "result"],
    help: "Events for the callback, by what became of them",
    more: doc("The results are `delivered` and `dropped`."),
  },
  lethe_callbacks_pending: {
    type: "gauge",
    labels: [],
    help: "Events that the callback has not taken",
  },
  lethe_commands_pending: {
    type: "gauge",
    labels: [],
    help: "Commands that their Custodian has not acknowledged",
  },
} as const satisfies Readonly<Record<string, MetricKind>>;
export type MetricName = keyof typeof METRICS;

interface MetricKind {
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  /** One line, which /metrics shows. */
  readonly help: string;
  /** What the documents say besides. */
  readonly more?: string;
}

/** A value for each label of a metric. */
export type MetricLabels<N extends MetricName> = Readonly<
  Record<(typeof METRICS)[N]["labels"][number], string>
>;

/** One figure of one metric. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

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

/** What a line may hold: short scalars that name no person, no session and no URL. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** One event of the log: its level, when it is written, and its fields. docs/SIGNALS.md is made from this. */
export interface LogEventEntry {
  readonly level: string;
  readonly when: string;
  readonly fields: string;
}

/** Every event there is, and nothing else is ever logged. */
export const LOG_EVENTS = {
  "http.request": {
    level: "info or error",
    when: "a request was answered",
    fields:
      "`request_id`, `method`, `route` (the pattern), `status`, `code`, `retryable`, `key` (its name)",
  },
  "http.fault": {
    level: "error",
    when: "a request threw",
    fields: "`request_id`, what was thrown",
  },
  "store.fault": {
    level: "error",
    when: "a request to the embedded store threw, or met a record that is not JSON (`UnreadableRecord`)",
    fields: "`request_id`, what was thrown",
  },
  "rate_limit.failed": {
    level: "warn",
    when: "the platform's rate limit did not answer; the request went through",
    fields: "what was thrown",
  },
  "health.registrar_unreachable": {
    level: "error",
    when: "`/healthz` could not ask the Registrar",
    fields: "what was thrown",
  },
  "access.unreadable": {
    level: "error",
    when: "the certificates of the team at Cloudflare Access could not be read, so nobody was let in",
    fields: "what was thrown",
  },
  "tick.done": {
    level: "info or warn",
    when: "a tick was carried out",
    fields:
      "`own` (the Registrar ticked itself), `policies`, `started`, `joined`, `late`, `skipped`, `unread` (policies that KV did not give), `invalid` (ids)",
  },
  "tick.policies_unreadable": {
    level: "error",
    when: "KV could not be read: no sweep started",
    fields: "what was thrown",
  },
  "tick.missing": {
    level: "error",
    when: "no tick of the cron has come for twice the shortest schedule (5 minutes at least, 2 hours at most); the Registrar ticks itself",
    fields: "`last_tick`",
  },
  "registrar.tick.failed": {
    level: "error",
    when: "a tick of the Registrar's own threw; the next one comes by itself",
    fields: "what was thrown",
  },
  "slice.done": {
    level: "info",
    when: "a slice that touched a job has ended",
    fields:
      "`source`, `jobs`, `steps`, `calls`, `took_ms`, `waited_ms` (for the pace, summed over calls side by side), `throttled_ms` (rests that began), `limited` (429s), `faults` (5xx, no answer), `breaker`, a count for each disposition met",
  },
  "sweep.ended": {
    level: "info or error",
    when: "a sweep ended; once for each",
    fields:
      "`sweep`, `policy`, `source`, `mode`, `trigger`, `status`, `error_code`, `unsearched`, `unreadable`, its counts and dispositions",
  },
  "sweep.braked": {
    level: "warn",
    when: "a guard stopped the plan of a sweep, which waits",
    fields: "`sweep`, `policy`, `source`, `guard`, `due`, `planned`",
  },
  "erasure.ended": {
    level: "info or error",
    when: "an erasure ended; once for each",
    fields: "`erasure`, `dry_run`, `status`, `sources`, `found`, its dispositions",
  },
  "erasure.incomplete": {
    level: "warn",
    when: "an erasure ended other than `completed`, or goes on without a source that has stalled",
    fields: "`erasure`, `status`, `ended`, `reason` (the code of an error, or null)",
  },
  "erasure.near_misses": {
    level: "warn",
    when: "an erasure ended and left sessions whose value only looks like one that was asked for",
    fields: "`erasure`, `status`, `sessions`",
  },
  "job.needs_approval": {
    level: "warn",
    when: "a job waits for a person's approval",
    fields: "`erasure`, or `sweep`, `policy`, `source`; `kind`, `reason`",
  },
  "job.stalled": {
    level: "error",
    when: "five attempts in a row made no progress, or an erasure waits for a source that asks for a long pause or does not take its order",
    fields: "`erasure`, or `sweep`, `policy`, `source`; `kind`",
  },
  "callback.delivered": {
    level: "info",
    when: "the callback took an event",
    fields: "`id`, `type`, `tries`",
  },
  "callback.failed": {
    level: "warn",
    when: "the callback did not take an event; it is sent again",
    fields: "`id`, `type`, `tries`, `reason` (a status, or why there was none)",
  },
  "callback.dropped": {
    level: "error",
    when: "an event was given up",
    fields: "`id`, `type`, `tries`, `reason`",
  },
  "registrar.callbacks.failed": {
    level: "error",
    when: "sending events threw; it is tried again after a minute",
    fields: "what was thrown",
  },
  "registrar.command.failed": {
    level: "error",
    when: "a command did not reach its Custodian; it is sent again",
    fields: "`source`, `command`, what was thrown",
  },
  "registrar.wake.failed": {
    level: "error",
    when: "a tick could not wake a Custodian",
    fields: "`source`, what was thrown",
  },
  "custodian.alarm.failed": {
    level: "error",
    when: "a slice threw; it is tried again after 30 s",
    fields: "`source`, what was thrown",
  },
  "custodian.step.failed": {
    level: "error",
    when: "a step of a job threw: a bug, not an answer of the source",
    fields: "`source`, `job`, `phase`, what was thrown",
  },
  "custodian.job.over": {
    level: "warn",
    when: "an object that was restored to an earlier time still ran a job that had ended since; the job stops",
    fields: "`source`, `job`",
  },
  "custodian.deliver.failed": {
    level: "error",
    when: "news did not reach the Registrar; it is sent again",
    fields: "`source`, what was thrown",
  },
  "custodian.restraints.unconfirmed": {
    level: "error",
    when: "the Registrar did not confirm holds and switch: nothing is removed in this slice",
    fields: "`source`, what was thrown",
  },
  "registrar.restraints.failed": {
    level: "error",
    when: "a Custodian did not get a change of holds or the switch; it is sent again",
    fields: "`source`, what was thrown",
  },
  "registrar.restraints.restored": {
    level: "error",
    when: "a Custodian knew holds or a switch that the Registrar does not, because the Registrar was restored to an earlier time: see the [run book](OPERATING.md#after-a-restore-of-d1)",
    fields: "`version` (the Registrar's), `known` (the Custodian's)",
  },
} as const satisfies Readonly<Record<string, LogEventEntry>>;
type LogEvent = keyof typeof LOG_EVENTS;

type LogLevel = "info" | "warn" | "error";

/** Writes one structured line: an event's name and its fields. */
export type Log = (level: LogLevel, event: LogEvent, fields: LogFields) => void;

/** One JSON line on the console, which the platform indexes by field. */
export const writeLog: Log = (level, event, fields) => {
  console[level](JSON.stringify({ event, level, ...fields }));
};

/**
 * What may be said of a thrown value: its class and where it was thrown. Its message may quote data,
 * so it stays out.
 */
export function describeThrown(thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) {
    return { error: typeof thrown };
  }
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: thrown.name,
    at: frames
      .slice(0, 4)
      .map((line) => line.trim())
      .join(" < "),
  };
}

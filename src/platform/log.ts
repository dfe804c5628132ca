/** What a line may hold: short scalars that name no person, no session and no URL. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Every event there is, and nothing else is ever logged. What each says: docs/SIGNALS.md. */
export const LOG_EVENTS = [
  "http.request",
  "http.fault",
  "face.fault",
  "rate_limit.failed",
  "health.registrar_unreachable",
  "tick.done",
  "tick.policies_unreadable",
  "tick.missing",
  "registrar.tick.failed",
  "slice.done",
  "sweep.ended",
  "sweep.braked",
  "erasure.ended",
  "erasure.incomplete",
  "erasure.near_misses",
  "job.needs_approval",
  "job.stalled",
  "callback.delivered",
  "callback.failed",
  "callback.dropped",
  "registrar.callbacks.failed",
  "registrar.command.failed",
  "registrar.wake.failed",
  "custodian.alarm.failed",
  "custodian.step.failed",
  "custodian.job.over",
  "custodian.deliver.failed",
  "custodian.restraints.unconfirmed",
  "registrar.restraints.failed",
  "registrar.restraints.restored",
] as const;
export type LogEvent = (typeof LOG_EVENTS)[number];

export type LogLevel = "info" | "warn" | "error";

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

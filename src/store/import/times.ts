import { ok, type Result } from "../../core/values/result.ts";
import { spellTime, type Missing, type TimeReading } from "../../core/values/spelled_time.ts";
import { parseClock, parseTimestamp } from "../../core/values/timestamp.ts";
import { malformed, type ImportFault } from "./lines.ts";
import type { ImportRecord } from "./record.ts";

/** A record whose times say which time they mean, as far as anybody can tell. */
export interface TimedRecord {
  readonly record: ImportRecord;
  /** Clocks that have a value which cannot be read: the session never falls due by them. */
  readonly undated: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

const MISSING: Readonly<Record<Missing, string>> = {
  zone: "no time zone: write it with its offset, or say for the whole import ?zone=UTC, ?zone=+02:00 or ?zone=Europe/Berlin",
  unit: "a number: write RFC 3339, or say for the whole import ?unit=s or ?unit=ms",
};

/** Reads the times of a client session. */
export function timeClientSession(
  record: ImportRecord,
  reading: TimeReading,
): Result<TimedRecord, ImportFault> {
  const fields = ["created_at", "expires_at", "revoked_at"];
  const session = rewrite(record.line, "session", record.session, fields, reading);
  if (!session.ok) {
    return session;
  }
  const row = session.value;
  const undated = ["created_at", "expires_at"].filter((clock) => isUnread(row[clock]));
  const revoked = row["revoked_at"] ?? null;
  const isRead =
    revoked === null || (typeof revoked === "string" && parseTimestamp(revoked) !== null);
  return ok({
    record: { ...record, session: row },
    undated: isRead ? undated : [...undated, "revoked_at"],
  });
}

/** Reads the times of an agent session and of its events, which tell when it was last active. */
export function timeAgentSession(
  record: ImportRecord,
  reading: TimeReading,
): Result<TimedRecord, ImportFault> {
  const session = rewrite(record.line, "session", record.session, ["created_at"], reading);
  if (!session.ok) {
    return session;
  }
  const events: Row[] = [];
  for (const [index, event] of (record.events ?? []).entries()) {
    const timed = rewrite(record.line, `events[${index}]`, event, ["created_at"], reading);
    if (!timed.ok) {
      return timed;
    }
    events.push(timed.value);
  }
  const isUndated = isUnread(session.value["created_at"]);
  const isInactive =
    events.length === 0
      ? isUndated
      : events.some((event) => parseClock(event["created_at"]) === null);
  return ok({
    record: { ...record, session: session.value, events: record.events === null ? null : events },
    undated: [...(isUndated ? ["created_at"] : []), ...(isInactive ? ["last_active_at"] : [])],
  });
}

/** Writes fields that mean a time by the caller's word as RFC 3339: later readers have no such word. */
function rewrite(
  line: number,
  at: string,
  row: Row,
  fields: readonly string[],
  reading: TimeReading,
): Result<Row, ImportFault> {
  let rewritten = row;
  for (const field of fields) {
    const spelled = spellTime(row[field], reading);
    if (spelled.kind === "ambiguous") {
      return malformed(line, { field: `${at}.${field}`, message: MISSING[spelled.missing] });
    }
    rewritten = spelled.kind === "time" ? { ...rewritten, [field]: spelled.text } : rewritten;
  }
  return ok(rewritten);
}

function isUnread(value: unknown): boolean {
  return value !== undefined && value !== null && parseClock(value) === null;
}

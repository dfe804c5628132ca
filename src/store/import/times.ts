import { err, ok, type Result } from "../../core/values/result.ts";
import { spellTime, type Missing, type TimeReading } from "../../core/values/spelled_time.ts";
import { parseClock, parseTimestamp } from "../../core/values/timestamp.ts";
import type { ImportRecord, MalformedLine } from "./record.ts";

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
): Result<TimedRecord, MalformedLine> {
  const session = rewrite(record.session, ["created_at", "expires_at", "revoked_at"], reading);
  if (!session.ok) {
    return err(ambiguous(record.line, "session", session.error));
  }
  const row = session.value;
  const undated = ["created_at", "expires_at"].filter((clock) => isUnread(row[clock]));
  const revoked = row["revoked_at"] ?? null;
  const isRevoked = revoked === null || (typeof revoked === "string" && isMoment(revoked));
  return ok({
    record: { ...record, session: row },
    undated: isRevoked ? undated : [...undated, "revoked_at"],
  });
}

/** Reads the times of an agent session and of its events, which tell when it was last active. */
export function timeAgentSession(
  record: ImportRecord,
  reading: TimeReading,
): Result<TimedRecord, MalformedLine> {
  const session = rewrite(record.session, ["created_at"], reading);
  if (!session.ok) {
    return err(ambiguous(record.line, "session", session.error));
  }
  const events: Row[] = [];
  for (const [index, event] of (record.events ?? []).entries()) {
    const timed = rewrite(event, ["created_at"], reading);
    if (!timed.ok) {
      return err(ambiguous(record.line, `events[${index}]`, timed.error));
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

interface AmbiguousField {
  readonly field: string;
  readonly missing: Missing;
}

/** Writes fields that mean a time by the caller's word as RFC 3339: later readers have no such word. */
function rewrite(
  row: Row,
  fields: readonly string[],
  reading: TimeReading,
): Result<Row, AmbiguousField> {
  let rewritten = row;
  for (const field of fields) {
    const spelled = spellTime(row[field], reading);
    if (spelled.kind === "ambiguous") {
      return err({ field, missing: spelled.missing });
    }
    rewritten = spelled.kind === "time" ? { ...rewritten, [field]: spelled.text } : rewritten;
  }
  return ok(rewritten);
}

function ambiguous(line: number, at: string, { field, missing }: AmbiguousField): MalformedLine {
  return { kind: "malformed", line, field: `${at}.${field}`, message: MISSING[missing] };
}

function isUnread(value: unknown): boolean {
  return value !== undefined && value !== null && parseClock(value) === null;
}

function isMoment(text: string): boolean {
  return parseTimestamp(text) !== null;
}

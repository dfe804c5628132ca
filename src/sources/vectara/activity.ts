import * as z from "zod";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { formatTimestamp, parseClock } from "../../core/values/timestamp.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import { invalid, type Fault } from "../fault.ts";
import type { Answer } from "../http.ts";
import type { Activity, Turn } from "../source.ts";
import { jsonOf, sessionPath, type Client } from "./client.ts";
import { advance, FIRST_PAGE, pageQuery, Position } from "./page_position.ts";
import { EventPage, EventRow, TracePage, TraceRow } from "./wire.ts";

const PAGE_SIZE = 100;

const Walk = z.strictObject({
  at: Position,
  /** Events a page; smaller when a page was too large. */
  limit: z.int().min(1),
  /** The newest event so far, epoch milliseconds. */
  newest: z.int().nullable(),
  /** The traces have been asked. */
  traced: z.boolean(),
});
type Walk = z.output<typeof Walk>;

/**
 * Whether a session was active after `since`: one page of its events, hidden ones included, from the
 * oldest on. A session of more than one page is first looked for in the traces, because its newest event
 * is on its last page. An event whose time cannot be read may be the newest.
 */
export async function readActivity(
  client: Client,
  ref: SessionRef,
  since: number,
  cursor: string | null,
  turn: Turn,
): Promise<Result<Activity, Fault>> {
  const begin: Walk = { at: FIRST_PAGE, limit: PAGE_SIZE, newest: null, traced: false };
  const walk = cursor === null ? ok(begin) : readCursor(cursor, Walk);
  if (!walk.ok) {
    return walk;
  }
  if (cursor !== null && !walk.value.traced) {
    const traced = await lastTrace(client, ref, since, turn);
    if (!traced.ok) {
      return traced;
    }
    if (traced.value !== null) {
      return ok({ kind: "active", at: Math.min(traced.value, client.now()) });
    }
  }
  return readEvents(client, ref, since, { ...walk.value, traced: cursor !== null }, turn);
}

async function readEvents(
  client: Client,
  ref: SessionRef,
  since: number,
  walk: Walk,
  turn: Turn,
): Promise<Result<Activity, Fault>> {
  const asked = await client.send(turn, {
    method: "GET",
    path: `${sessionPath(ref)}/events`,
    query: pageQuery(walk.at, walk.limit, { include_hidden: "true" }),
    scope: ref.scope,
  });
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  if (asked.value.status === 404) {
    const gone = await client.gone(turn, ref.scope, asked.value);
    return gone.ok ? ok({ kind: "absent" }) : gone;
  }
  if (isTooLarge(client, asked.value) && walk.limit > 1) {
    // A page key belongs to its limit, so the walk begins again; what was found stays.
    return more({ ...walk, at: FIRST_PAGE, limit: Math.floor(walk.limit / 10) });
  }
  const json = jsonOf(asked.value);
  if (!json.ok) {
    return json;
  }
  const page = EventPage.safeParse(json.value);
  if (!page.success) {
    return err(invalid("a page of events is not in the form of a list of events"));
  }
  const newest = newestOf(page.data.events, ref, walk.newest);
  if (!newest.ok) {
    return newest;
  }
  if (newest.value === "unknown") {
    return ok({ kind: "unreadable" });
  }
  if (newest.value !== null && newest.value > since) {
    // An event from the future keeps the session until then; it is read again when this is too long ago.
    return ok({ kind: "active", at: Math.min(newest.value, client.now()) });
  }
  const next = advance(walk.at, page.data.metadata?.page_key, client.options.max_pages);
  if (!next.ok) {
    return next;
  }
  return next.value === null
    ? ok({ kind: "idle", last_active_at: newest.value })
    : more({ ...walk, at: next.value, newest: newest.value });
}

function newestOf(
  events: readonly unknown[],
  ref: SessionRef,
  before: number | null,
): Result<number | "unknown" | null, Fault> {
  let newest = before;
  let isUnknown = false;
  for (const value of events) {
    const row = EventRow.safeParse(value);
    if (row.success && (row.data.session_key ?? ref.id) !== ref.id) {
      return err(invalid("an event of another session was answered"));
    }
    const at = row.success ? parseClock(row.data.created_at) : null;
    isUnknown ||= at === null;
    newest = Math.max(newest ?? 0, at ?? 0);
  }
  return ok(isUnknown ? "unknown" : newest);
}

/**
 * The newest trace of a session after a time; null when none was found, which proves nothing: an older
 * server has no traces, a key may not see them, and how long they are kept is not documented.
 */
async function lastTrace(
  client: Client,
  ref: SessionRef,
  since: number,
  turn: Turn,
): Promise<Result<number | null, Fault>> {
  const query = new URLSearchParams({
    agent_key: ref.scope,
    session_key: ref.id,
    started_after: formatTimestamp(since),
    limit: "10",
  });
  const path = "/v2/agent_analytics/traces";
  const asked = await client.send(turn, { method: "GET", path, query, scope: ref.scope });
  const fault = asked.ok ? asked.value.fault : asked.error.fault;
  if (
    fault?.kind === "unauthorized" ||
    fault?.kind === "throttled" ||
    fault?.kind === "exhausted"
  ) {
    return err(fault);
  }
  const json = asked.ok ? jsonOf(asked.value) : asked;
  const page = TracePage.safeParse(json.ok ? json.value : null);
  const times = (page.success ? page.data.traces : []).flatMap((value) => {
    const row = TraceRow.safeParse(value);
    const isOurs =
      row.success && row.data.session_key === ref.id && row.data.agent_key === ref.scope;
    return isOurs ? (parseClock(row.data.started_at) ?? []) : [];
  });
  const newest = Math.max(0, ...times);
  return ok(newest > since ? newest : null);
}

function isTooLarge(client: Client, answer: Answer): boolean {
  return answer.fault === null && answer.bytes > client.options.limits.body_bytes;
}

function more(walk: Walk): Result<Activity, Fault> {
  return ok({ kind: "more", cursor: writeCursor(walk) });
}

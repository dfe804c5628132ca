import type { Disposition } from "../../core/count/disposition.ts";
import {
  ERASURE_STATUS_MEANINGS,
  type ErasureReport,
  type ErasureSourceReport,
} from "../../core/report/erasure.ts";
import { openIn, undone } from "../../core/report/undone.ts";
import { figure, minuteOf } from "../../core/values/words.ts";

// For a privacy officer, and for the person who asked: no word of the API, and no more than the report knows.

type Part = Pick<ErasureSourceReport, "dispositions">;

/** Ends of sessions that Lethe removed, or that went while it tried to. */
const REMOVED = ["deleted", "absent_after_attempt"] as const;

/** Why sessions are still there, or may be. */
const LEFT_BECAUSE: Readonly<Partial<Record<Disposition, string>>> = {
  renewed: "left: by then they no longer named the person",
  held: "left: a hold, such as one for legal proceedings, keeps them",
  awaits_children: "left: other sessions that they made were still there",
  shared: "left: they also belong to another person, or may",
  refused: "left: the system refuses to remove them",
  unreachable: "left: they could not be reached or read, or were still there after several tries",
  untouched: "left: the work ended before their turn came",
  unknown: "perhaps left: nobody could read whether they are gone",
};

const KINDS: Readonly<Record<string, string>> = {
  user_identifier_key: "a user's key",
  user_identity_id: "the id of a user identity",
  client_session_id: "the id of a client session",
  agent_session_id: "the id of an agent's session",
  customer_key: "a customer's key",
};

const LAWS: Readonly<Record<NonNullable<ErasureReport["regulation"]>, string>> = {
  gdpr: "the GDPR (Art. 17)",
  ccpa: "the CCPA",
  other: "another law",
};

export function lawWords({ regulation }: Pick<ErasureReport, "regulation">): string {
  return regulation === null ? "not said" : LAWS[regulation];
}

/** By what a person was named, never with the value. */
export function kindWords(types: readonly string[]): string {
  return types.map((type) => KINDS[type] ?? `a field of the session (${type})`).join(", ");
}

/** A time as a statement writes it: to the minute, in UTC. */
export function utcWords(at: string): string {
  return `${minuteOf(at)} UTC`;
}

export function removedIn({ dispositions }: Part): number {
  return REMOVED.reduce((sum, end) => sum + (dispositions[end] ?? 0), 0);
}

/** What became of the sessions that were not simply removed, a reason each. */
export function leftWords({ dispositions }: Part): string[] {
  const { already_absent: gone = 0, absent_after_attempt: unclear = 0 } = dispositions;
  return [
    ...(gone === 0 ? [] : [`${figure(gone)} had gone before Lethe came to them`]),
    ...(unclear === 0
      ? []
      : [`${figure(unclear)} of the removed gave no clear answer, and were not found afterwards`]),
    ...Object.entries(LEFT_BECAUSE).flatMap(([end, why]) => {
      const count = dispositions[end as Disposition] ?? 0;
      return count === 0 ? [] : [`${figure(count)} ${why}`];
    }),
  ];
}

/** What a provider keeps, as one text without its last full stop. */
export function keptWords(kept: readonly string[]): string {
  return kept.map((what) => what.replace(/\.$/, "")).join("; ");
}

/** What became of a request, in a sentence or two. */
export function outcomeWords({ status, sources, finished_at: ended }: ErasureReport): string {
  const parts = Object.values(sources);
  const removed = parts.reduce((sum, part) => sum + removedIn(part), 0);
  const found = parts.reduce((sum, part) => sum + part.found, 0);
  const places = parts.filter((part) => removedIn(part) > 0).length;
  const did =
    removed === 0
      ? "No session was removed."
      : `${figure(removed)} ${removed === 1 ? "session was" : "sessions were"} removed, in ${places} of ${parts.length} ${parts.length === 1 ? "system" : "systems"}.`;
  switch (status) {
    case "completed":
      return `${did} When the systems were read again, none of them showed a session of the person.`;
    case "no_match":
      return "Every system that was asked was searched, and none showed a session of the person.";
    case "observed":
      return `This was only a look: nothing was removed. ${figure(found)} ${found === 1 ? "session was" : "sessions were"} found.`;
    case "partial":
      return `${did} Not everything could be ${undone(parts)}: the table says what, and why.`;
    case "conflict":
      return `${did} What the person was named by may mean more than one person, or one session more.`;
    case "failed":
      return `${did} No system could be searched.`;
    case "cancelled":
      return `The request was stopped. ${did}`;
    default:
      return ended === null ? `The work on this request still goes on. So far: ${did}` : did;
  }
}

/** What a status means for this erasure, in the words of the API. */
export function statusWords({ status, finished_at: ended, sources }: ErasureReport): string {
  if (status !== "partial") {
    return ERASURE_STATUS_MEANINGS[status];
  }
  const parts = Object.values(sources);
  const what = `Not everything could be ${undone(parts)}.`;
  if (ended === null) {
    return `${what} A source that has stalled is tried again.`;
  }
  const isHeld = parts.some(({ dispositions }) => (dispositions.held ?? 0) > 0);
  const after = isHeld ? ", once the hold is released" : "";
  return `Ended: ${what.charAt(0).toLowerCase()}${what.slice(1)} What is left stays until the erasure is asked for anew${after}.`;
}

/** What is wrong in one system, beside what became of its sessions. */
export function troubleWords(part: ErasureSourceReport): string[] {
  const { unreadable, unattributable, unsearched, near_misses: near } = part;
  return [
    ...(openIn(part) === 0
      ? []
      : [`${figure(openIn(part))} left: nothing was done about them so far`]),
    ...(UNDER_WAY.has(part.status) ? ["it is not done with yet"] : []),
    ...(NOT_SEARCHED.has(part.status) ? ["it could not be searched"] : []),
    ...(unsearched === 0
      ? []
      : [
          `${figure(unsearched)} ${unsearched === 1 ? "part" : "parts"} of it could not be searched`,
        ]),
    ...(part.status === "stalled" ? ["it did not answer; it is tried again"] : []),
    ...(unreadable.count === 0
      ? []
      : [`${figure(unreadable.count)} cannot be read: they may be the person's`]),
    ...(unattributable === 0
      ? []
      : [`${figure(unattributable)} name nobody, and nobody can tell whose they are`]),
    ...(near === null || near.sessions === 0
      ? []
      : [`${figure(near.sessions)} have a name that only looks like it, and were left`]),
  ];
}

const UNDER_WAY: ReadonlySet<string> = new Set([
  "queued",
  "selecting",
  "planned",
  "removing",
  "verifying",
]);
const NOT_SEARCHED: ReadonlySet<string> = new Set(["not_searched", "failed"]);

import { LEFT_IN_PLACE, type Disposition } from "../count/disposition.ts";
import type { JobError, TooMuch } from "../report/job.ts";
import type { ErasureSourceReport, ErasureStatus } from "../report/erasure.ts";
import { SESSION_TYPES } from "../session/subject.ts";
import { isUnnamed } from "../session/unreadable.ts";

/** One source's part of an erasure, as it was last told. */
export interface ErasurePart {
  readonly source: string;
  readonly report: ErasureSourceReport;
  /** The field that contradicts what was given; the whole erasure stops. */
  readonly conflict: string | null;
  /** What it reaches: sources that are two names of one account have the same. */
  readonly account: string;
  /** Session ids, by their place in the request: those that it can have, and those that it has. */
  readonly ids_sought: readonly number[];
  readonly ids_found: readonly number[];
  /** Scopes that the credential may not read: the search was not complete. */
  readonly unsearched: number;
  readonly plan_digest: string | null;
  /** Since when it makes no progress, epoch milliseconds: its plan, or once it removes, its end is missing. */
  readonly stalled_since: number | null;
}

/** What is known of an erasure besides its parts. */
export interface ErasureState {
  /** Its parts have been told to remove. */
  readonly proceeded: boolean;
  readonly approved: boolean;
  /** It must be approved if it found anything: its webhook has asked too often. */
  readonly must_ask: boolean;
  readonly stopping: "conflict" | "cancelled" | null;
  /** How many sessions each source has been let remove; absent: none yet. */
  readonly allowed?: Readonly<Record<string, number>>;
  /** Sources that had stalled for so long that the others went on; each until it is told to remove. */
  readonly without: readonly string[];
}

/** What an erasure does next. */
export type ErasureDecision =
  | { readonly kind: "wait"; readonly status: ErasureStatus }
  | { readonly kind: "ask"; readonly guard: TooMuch | null; readonly why?: Contradiction }
  /** Go on without these until they answer. */
  | { readonly kind: "leave"; readonly sources: readonly string[] }
  /** Every plan that has grown may be carried out. */
  | { readonly kind: "proceed" }
  | { readonly kind: "stop"; readonly as: "conflict"; readonly why: Contradiction }
  | { readonly kind: "end"; readonly status: ErasureStatus; readonly why?: Contradiction };

/** Why nobody can say whose sessions are meant. */
export type Contradiction =
  /** A session that matches one identifier holds another value in this field. */
  | { readonly kind: "person"; readonly field: string }
  /** A session id names sessions in two sources or scopes, or may do so where nobody could look. */
  | { readonly kind: "id" };

/** How the part of one source ends. */
export const ENDED_PARTS: ReadonlySet<string> = new Set([
  "done",
  "observed",
  "no_match",
  "not_searched",
  "failed",
]);

const UNPLANNED: ReadonlySet<string> = new Set(["queued", "selecting", "stalled"]);

/** A source that makes no progress holds the others up for so long. */
export const STALLED_FOR_MS = 3_600_000;

/** Since when a part that is told of has stalled: trying again is no progress; a plan is, and one more removal. */
export function stalledSince(
  report: Progress,
  before: { readonly report: Progress; readonly stalled_since: number | null },
  now: number,
): number | null {
  // A clock that has come back has not waited.
  const since = before.stalled_since === null ? null : Math.min(before.stalled_since, now);
  if (report.status === "stalled") {
    return since ?? now;
  }
  const isTrying =
    UNPLANNED.has(report.status) ||
    (CARRIED_OUT.has(report.status) && !hasMoved(report, before.report));
  return isTrying ? since : null;
}

type Progress = Pick<ErasureSourceReport, "status" | "dispositions" | "verified_at">;

const CARRIED_OUT: ReadonlySet<string> = new Set(["removing", "verifying"]);

function hasMoved(report: Progress, before: Progress): boolean {
  const settled = ({ dispositions }: Progress): number =>
    Object.values(dispositions).reduce((sum, n) => sum + n, 0);
  return (
    settled(report) !== settled(before) || report.verified_at.length !== before.verified_at.length
  );
}

/**
 * Decides over all sources at once: a contradiction in one stops all, nothing is removed before every
 * source that answers has planned, and the end is no better than the worst part. A source that has stalled
 * for an hour is left out, and joins again when it has planned: `partial` is told until then.
 */
export function decideErasure(
  parts: readonly ErasurePart[],
  state: ErasureState,
  most: number,
  now: number,
): ErasureDecision {
  const statuses = parts.map(({ report }) => report.status);
  const allEnded = statuses.every((status) => ENDED_PARTS.has(status));
  // After the others have gone on, only a plan that comes late can contradict them.
  const mayContradict = state.stopping === null && (!state.proceeded || state.without.length > 0);
  const why = mayContradict ? contradictionOf(parts) : null;
  if (why !== null) {
    return allEnded
      ? { kind: "end", status: "conflict", why }
      : { kind: "stop", as: "conflict", why };
  }
  if (state.stopping !== null) {
    return allEnded
      ? { kind: "end", status: state.stopping }
      : { kind: "wait", status: statuses.includes("removing") ? "removing" : "planned" };
  }
  return allEnded ? { kind: "end", status: endOf(parts) } : goOn(parts, state, most, now);
}

/** The same of parts that are not all at their end, and that nothing stops. */
function goOn(
  parts: readonly ErasurePart[],
  state: ErasureState,
  most: number,
  now: number,
): ErasureDecision {
  const isOut = ({ source, report: { status }, stalled_since: since }: ErasurePart): boolean =>
    state.without.includes(source) && (UNPLANNED.has(status) || since !== null);
  const rest = parts.filter((part) => !isOut(part));
  const statuses = new Set(rest.map(({ report }) => report.status));
  const lost = rest.filter(
    ({ report: { status }, stalled_since: since }) =>
      status === "stalled" && since !== null && now - since >= STALLED_FOR_MS,
  );
  if (lost.length > 0 && (state.proceeded || statuses.has("planned"))) {
    return { kind: "leave", sources: lost.map(({ source }) => source) };
  }
  if (statuses.has("stalled")) {
    return { kind: "wait", status: "stalled" };
  }
  const ready = rest.filter((part) => hasGrown(part, state));
  const isPlanning = statuses.has("queued") || statuses.has("selecting");
  if (ready.length > 0 && !isPlanning) {
    return judgePlans(parts, ready, state, most);
  }
  if (state.proceeded) {
    return { kind: "wait", status: statusOf(statuses) };
  }
  if (isPlanning) {
    return { kind: "wait", status: statuses.has("selecting") ? "selecting" : "queued" };
  }
  // Nothing was planned where anybody answers, so there is nothing to go on with.
  return { kind: "wait", status: "stalled" };
}

/** Whether a part waits with more than it was let remove: its first plan, or what a read-back has found. */
export function hasGrown({ source, report }: ErasurePart, { allowed }: ErasureState): boolean {
  return report.status === "planned" && !(report.found <= (allowed?.[source] ?? -1));
}

/** Whether plans that are ready may be carried out. */
function judgePlans(
  parts: readonly ErasurePart[],
  ready: readonly ErasurePart[],
  state: ErasureState,
  most: number,
): ErasureDecision {
  const isFirst = !state.proceeded || ready.some(({ source }) => state.without.includes(source));
  if (isFirst && mayBeElsewhere(parts)) {
    return { kind: "stop", as: "conflict", why: { kind: "id" } };
  }
  const why = contradictionOf(parts);
  if (why !== null && !state.approved) {
    return { kind: "ask", guard: null, why };
  }
  const guard = tooMuch(parts, most);
  const judged = state.proceeded ? ready : parts;
  const isEmpty = judged.every(({ report }) => report.found === 0);
  const isTooMuch = guard !== null && !(state.proceeded && isEmpty);
  return (isTooMuch || (state.must_ask && !isEmpty)) && !state.approved
    ? { kind: "ask", guard }
    : { kind: "proceed" };
}

/** What is told while those that may remove do so. Where they have all ended, the others are missing. */
function statusOf(statuses: ReadonlySet<string>): ErasureStatus {
  if ([...statuses].every((status) => ENDED_PARTS.has(status))) {
    return "partial";
  }
  return statuses.has("verifying") && !statuses.has("removing") ? "verifying" : "removing";
}

/** Why nothing may go: a session contradicts the request, or an id of it names two; null when none does. */
export function contradictionOf(parts: readonly ErasurePart[]): Contradiction | null {
  const field = parts.find(({ conflict }) => conflict !== null)?.conflict ?? null;
  if (field !== null) {
    return SESSION_TYPES.has(field) ? { kind: "id" } : { kind: "person", field };
  }
  const isTwice = parts.some((part) =>
    parts.some(
      (other) => other.account !== part.account && shares(part.ids_found, other.ids_found),
    ),
  );
  return isTwice ? { kind: "id" } : null;
}

/** The same of parts that have all planned: where an id was found, another account may hide a session of it. */
export function contradictionOfAll(parts: readonly ErasurePart[]): Contradiction | null {
  return contradictionOf(parts) ?? (mayBeElsewhere(parts) ? { kind: "id" } : null);
}

/** Whether an id that was found may be that of a session, too, which an account does not show. */
function mayBeElsewhere(parts: readonly ErasurePart[]): boolean {
  const closed = parts.filter(
    ({ report: { status, unreadable }, unsearched }) =>
      unsearched > 0 ||
      isUnnamed(unreadable) ||
      UNPLANNED.has(status) ||
      status === "failed" ||
      status === "not_searched",
  );
  return closed.some((one) =>
    parts.some((part) => part.account !== one.account && shares(one.ids_sought, part.ids_found)),
  );
}

function shares(some: readonly number[], others: readonly number[]): boolean {
  return some.some((one) => others.includes(one));
}

/** What a part found that has failed since counts, too: some of it may have gone, and it was the person's. */
function tooMuch(parts: readonly ErasurePart[], most: number): TooMuch | null {
  const found = parts.reduce((sum, { report }) => sum + report.found, 0);
  if (!(found <= most)) {
    return { code: "too_many", found, limit: most };
  }
  const guards = parts.map(({ report }) => report.guard);
  return guards.find((guard) => guard?.code === "half_of_source") ?? null;
}

/** `renewed` in an erasure is a session that has stopped being the person's: nothing of them is left there. */
const LEFT: ReadonlySet<Disposition> = new Set(
  [...LEFT_IN_PLACE].filter((one) => one !== "renewed"),
);

function endOf(parts: readonly ErasurePart[]): ErasureStatus {
  const searched = parts.filter(
    ({ report }) => report.status === "done" || report.status === "no_match",
  );
  if (searched.length === 0) {
    return parts.length === 0 || parts.some(({ report }) => report.status === "failed")
      ? "failed"
      : "partial";
  }
  const whole =
    searched.length === parts.length &&
    parts.every(
      ({ unsearched, conflict, report }) =>
        // A source that plans once more may find a contradiction when others have removed.
        unsearched === 0 && conflict === null && report.unreadable.count === 0,
    );
  const isLeft = parts.some(({ report }) =>
    Object.entries(report.dispositions).some(([name, n]) => n > 0 && LEFT.has(name as Disposition)),
  );
  if (!whole || isLeft) {
    return "partial";
  }
  return parts.every(({ report }) => report.found === 0) ? "no_match" : "completed";
}

/** A contradiction in the words of a report; a plan that came late may show it when others have removed. */
export function conflictError(why: Contradiction, isLate: boolean): JobError {
  const what =
    why.kind === "person"
      ? `a session that matches one identifier holds another value in ${why.field}`
      : "a session id names sessions in two sources or scopes, or one that could not be searched may have it too (say which with `sources` and `scopes`, an agent session also as <agent>/<session>)";
  const consequence = isLate
    ? "nothing more is removed; `sources` says what had gone in the others before a source that had stalled showed it"
    : "nothing was removed in any source";
  return { code: "conflict", message: `${what}: ${consequence}` };
}

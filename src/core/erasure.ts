import { LEFT_IN_PLACE, type Disposition } from "./disposition.ts";
import type { GuardStop } from "./guard.ts";
import type { ErasureLimits, ErasureSourceReport, ErasureStatus } from "./job.ts";

/** One source's part of an erasure, as it was last told. */
export interface ErasurePart {
  readonly source: string;
  readonly report: ErasureSourceReport;
  readonly conflict: string | null;
  /** Which identifiers, by their place in the request, are bare session ids that it has. */
  readonly bare_found: readonly number[];
  readonly unsearched: number;
  readonly plan_digest: string | null;
}

/** What is known of an erasure besides its parts. */
export interface ErasureState {
  /** Its parts have been told to remove. */
  readonly proceeded: boolean;
  readonly approved: boolean;
  /** It must be approved whatever it found: its webhook has asked too often. */
  readonly must_ask: boolean;
  readonly stopping: "conflict" | "cancelled" | null;
}

/** What an erasure does next. */
export type ErasureDecision =
  | { readonly kind: "wait"; readonly status: ErasureStatus }
  | { readonly kind: "ask"; readonly guard: GuardStop | null }
  | { readonly kind: "proceed" }
  | { readonly kind: "stop"; readonly as: "conflict" }
  | { readonly kind: "end"; readonly status: ErasureStatus };

const ENDED: ReadonlySet<string> = new Set(["done", "no_match", "not_searched", "failed"]);

/**
 * Decides over all sources at once: a contradiction in one stops all, nothing is removed before every
 * source that answers has planned, and the end is no better than the worst part.
 */
export function decideErasure(
  parts: readonly ErasurePart[],
  state: ErasureState,
  most: number,
): ErasureDecision {
  const statuses = parts.map(({ report }) => report.status);
  const allEnded = statuses.every((status) => ENDED.has(status));
  if (state.stopping === null && !state.proceeded && contradictionOf(parts) !== null) {
    return allEnded ? { kind: "end", status: "conflict" } : { kind: "stop", as: "conflict" };
  }
  if (state.stopping !== null) {
    return allEnded
      ? { kind: "end", status: state.stopping }
      : { kind: "wait", status: statuses.includes("removing") ? "removing" : "planned" };
  }
  if (allEnded) {
    return { kind: "end", status: endOf(parts) };
  }
  if (statuses.includes("stalled")) {
    return { kind: "wait", status: "stalled" };
  }
  if (state.proceeded) {
    return {
      kind: "wait",
      status:
        statuses.includes("verifying") && !statuses.includes("removing") ? "verifying" : "removing",
    };
  }
  if (statuses.some((status) => status === "queued" || status === "selecting")) {
    return { kind: "wait", status: statuses.includes("selecting") ? "selecting" : "queued" };
  }
  const guard = tooMuch(parts, most);
  return (guard !== null || state.must_ask) && !state.approved
    ? { kind: "ask", guard }
    : { kind: "proceed" };
}

/**
 * The type of identifier that contradicts the others, or that names two sessions; null when none does.
 * A bare agent session id that two sources have is found in two agents.
 */
export function contradictionOf(parts: readonly ErasurePart[]): string | null {
  const bare = parts.flatMap(({ bare_found: found }) => found);
  const repeated = bare.length > new Set(bare).size ? "agent_session_id" : null;
  return parts.find(({ conflict }) => conflict !== null)?.conflict ?? repeated;
}

function tooMuch(parts: readonly ErasurePart[], most: number): GuardStop | null {
  const found = parts.reduce((sum, { report }) => sum + report.found, 0);
  if (found > most) {
    return { code: "too_many", found, limit: most };
  }
  return parts.find(({ report }) => report.guard !== null)?.report.guard ?? null;
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
    searched.length === parts.length && parts.every(({ unsearched }) => unsearched === 0);
  const isLeft = parts.some(({ report }) =>
    Object.entries(report.dispositions).some(([name, n]) => n > 0 && LEFT.has(name as Disposition)),
  );
  if (!whole || isLeft) {
    return "partial";
  }
  return parts.every(({ report }) => report.found === 0) ? "no_match" : "completed";
}

/** What may be said at the end, and no more. */
export function statementOf(
  status: ErasureStatus,
  parts: readonly ErasurePart[],
  limits: ErasureLimits,
): string | null {
  const where = whereOf(limits);
  const times = parts.flatMap(({ source, report }) => {
    const last = report.verified_at.at(-1);
    return last === undefined ? [] : [`${source} at ${last}`];
  });
  switch (status) {
    case "completed":
      return `No session matching the selector ${where}was visible to this credential, in these accounts, at these times: ${times.join(", ")}.`;
    case "no_match":
      return `Every source ${limits.sources === null ? "" : "that was asked for "}was searched, and no session matching the selector ${where}was visible to this credential: ${times.join(", ")}.`;
    case "partial":
      return "Not everything that was asked for could be searched or removed: the sources and dispositions say what was not.";
    default:
      return null;
  }
}

/** Which part of everything the sentence is about, where it is not about all of it. */
function whereOf({ sources, scopes }: ErasureLimits): string {
  const limits = [sources === null ? null : "sources", scopes === null ? null : "scopes"];
  const named = limits.filter((one) => one !== null).join(" and ");
  return named === "" ? "" : `in the ${named} that were asked for `;
}

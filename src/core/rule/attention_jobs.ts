import type { Attention, AttentionCode } from "../report/attention.ts";
import { guardWords } from "../report/guard_words.ts";
import type { GuardStop } from "../report/job.ts";
import type { SweepReport } from "../report/sweep.ts";
import { formatInstant, formatTimestamp } from "../values/timestamp.ts";
import { figure } from "../values/words.ts";

/** The first of some matters, and how many there are in all. */
export interface Group<T> {
  readonly first: readonly T[];
  readonly total: number;
}

/** A sweep whose plan waits for a person. */
export interface WaitingSweep {
  readonly id: string;
  readonly policy: string;
  readonly status: "braked" | "needs_approval";
  /** RFC 3339, as in its report. */
  readonly waits_since: string | null;
  readonly planned: number;
  readonly approval: SweepReport["approval"];
  readonly guard: GuardStop | null;
}

/** An erasure that has not ended. */
interface OpenErasure {
  readonly id: string;
  /** Epoch milliseconds; null: not known. */
  readonly since: number | null;
}

/** Jobs that may need a person. Times are epoch milliseconds. */
export interface JobFacts {
  readonly sweeps_waiting: readonly WaitingSweep[];
  /** The newest sweep of a policy, where it stalled. */
  readonly sweeps_stalled: readonly Pick<SweepReport, "id" | "policy" | "finished_at">[];
  readonly erasures_waiting: Group<OpenErasure>;
  readonly erasures_stalled: Group<OpenErasure & { readonly sources: readonly string[] }>;
  readonly erasures_late: Group<{ readonly id: string; readonly due_at: number }>;
  /** Without the late ones. `risky_since` is when they came near their date. */
  readonly erasures_at_risk: Group<{
    readonly id: string;
    readonly due_at: number;
    readonly risky_since: number;
  }>;
}

/** What of the jobs needs a person; how many there are beyond the first is put into `more`. */
export function jobAttention(
  facts: JobFacts,
  more: Partial<Record<AttentionCode, number>>,
): readonly Attention[] {
  const rest = (code: AttentionCode, { first, total }: Group<unknown>): void => {
    more[code] = (more[code] ?? 0) + total - first.length;
  };
  rest("needs_approval", facts.erasures_waiting);
  rest("stalled", facts.erasures_stalled);
  rest("erasure_late", facts.erasures_late);
  rest("erasure_at_risk", facts.erasures_at_risk);
  return [
    ...facts.sweeps_waiting.map(sweepWaiting),
    ...facts.sweeps_stalled.map(({ id, policy, finished_at: at }): Attention => ({
      code: "stalled",
      since: at,
      about: { kind: "sweep", id },
      message: `The last sweep of ${policy} stalled; the next one begins again.`,
      settle: { method: "POST", path: "/v1/sweeps", body: { policy } },
    })),
    ...facts.erasures_waiting.first.map(({ id, since }): Attention => ({
      ...aboutErasure(id),
      code: "needs_approval",
      since: formatInstant(since),
      message: "This erasure waits for an approval: its report says why.",
      settle: { method: "POST", path: `/v1/erasures/${id}/approve` },
    })),
    ...facts.erasures_stalled.first.map(({ id, since, sources }): Attention => ({
      ...aboutErasure(id),
      code: "stalled",
      since: formatInstant(since),
      message: `This erasure makes no progress in ${sources.join(", ")}; it is tried again hourly.`,
    })),
    ...facts.erasures_late.first.map(({ id, due_at: dueAt }): Attention => ({
      ...aboutErasure(id),
      code: "erasure_late",
      since: formatTimestamp(dueAt),
      message: `This erasure was due at ${formatTimestamp(dueAt)} and has not ended.`,
    })),
    ...facts.erasures_at_risk.first.map(({ id, due_at: dueAt, risky_since: since }): Attention => ({
      ...aboutErasure(id),
      code: "erasure_at_risk",
      since: formatTimestamp(since),
      message: `This erasure is due at ${formatTimestamp(dueAt)} and has not ended.`,
    })),
  ];
}

function aboutErasure(id: string): Pick<Attention, "about" | "settle"> {
  return {
    about: { kind: "erasure", id },
    settle: { method: "GET", path: `/v1/erasures/${id}` },
  };
}

function sweepWaiting(sweep: WaitingSweep): Attention {
  const { id, policy, status, waits_since: since, planned, approval, guard } = sweep;
  const why =
    guard !== null
      ? guardWords(guard)
      : approval === "every"
        ? "Each of its plans needs an approval."
        : "Its policy has removed nothing yet, its version is wider than the last that did, or another account answers.";
  return {
    code: status,
    since,
    about: { kind: "sweep", id },
    message: `A sweep of ${policy} would remove ${figure(planned)} sessions and waits. ${why}`,
    settle: { method: "POST", path: `/v1/sweeps/${id}/approve` },
  };
}

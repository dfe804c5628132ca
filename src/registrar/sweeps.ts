import { ENDED_SWEEPS, type SweepReport } from "../core/job.ts";
import { formatTimestamp } from "../core/timestamp.ts";
import type { SweepNews } from "../custodian/contract.ts";
import type { Books } from "./books.ts";
import type {
  Actor,
  DecisionAnswer,
  IdempotencyClaim,
  LoadedPolicy,
  StartSweepAnswer,
  Tick,
  TickResult,
} from "./contract.ts";
import { sweepMoved } from "./moves.ts";
import { claimedSweep, openSweep } from "./open_sweep.ts";
import { noteTick } from "./tick_signals.ts";

/** A braked sweep that nobody approves is cancelled after a day. */
const BRAKED_MS = 86_400_000;

/**
 * Carries out one tick: what no policy asks for any more is stopped, and each policy that is scheduled
 * starts a sweep, or joins the one under way. A tick that comes twice changes nothing.
 */
export function runTick(books: Books, { tick, policies, problems }: Tick): TickResult {
  const now = books.runtime.now();
  books.facts.tick(tick, problems);
  noteTick(books, policies, problems, now);
  const loaded = new Map(policies.map((policy) => [policy.id, policy]));
  const isStale = (id: string): boolean =>
    books.facts.isStale(id, loaded.get(id)?.digest ?? null, now);
  for (const sweep of books.sweeps.active(null)) {
    if (!isStale(sweep.policy)) {
      stopIfUnwanted(books, sweep, loaded.get(sweep.policy) ?? null, now);
    }
  }
  const started: string[] = [];
  const joined: string[] = [];
  const late: string[] = [];
  const skipped: Record<string, string> = {};
  const known = new Set([...loaded.keys(), ...problems.map(({ id }) => id)]);
  for (const { loaded: policy, is_late } of books.marks.scheduled(
    policies,
    known,
    tick,
    books.config.sources,
  )) {
    const { id } = policy;
    const outcome = isStale(id) ? "kv_stale" : meetTick(books, policy, tick, now);
    if (outcome === "started") {
      started.push(id);
    } else if (outcome === "joined") {
      joined.push(id);
    } else {
      skipped[id] = outcome;
    }
    // What KV or an older sweep held up stays due: the next tick makes up for it.
    if (outcome !== "kv_stale" && outcome !== "stopping") {
      books.marks.served(id, tick);
      late.push(...(is_late ? [id] : []));
    }
  }
  return { started, joined, late, skipped };
}

/** Starts the sweep that a tick asks for, or joins the one under way; or says why not. */
function meetTick(
  books: Books,
  policy: LoadedPolicy,
  tick: number,
  now: number,
): "started" | "joined" | "stopping" | "tick_repeated" {
  if (joinable(books, policy) !== null) {
    return "joined";
  }
  if (books.sweeps.active(policy.id).length > 0) {
    return "stopping";
  }
  if (books.sweeps.hasTick(policy.id, tick)) {
    return "tick_repeated";
  }
  openSweep(books, { policy, trigger: "tick", tick }, now);
  return "started";
}

/**
 * Starts a sweep for a person, or joins the one under way, whatever its schedule. None under a text that
 * the API has replaced or removed: KV may show it for minutes.
 */
export function startSweep(
  books: Books,
  policy: LoadedPolicy,
  claim: IdempotencyClaim | null,
): StartSweepAnswer {
  const now = books.runtime.now();
  const known = claimedSweep(books, claim, now);
  if (known !== null) {
    return known;
  }
  if (books.facts.isStale(policy.id, policy.digest, now)) {
    return { kind: "kv_stale" };
  }
  const running = joinable(books, policy);
  const sweep = running ?? openSweep(books, { policy, trigger: "request", tick: null }, now);
  if (claim !== null) {
    books.claims.keep(claim, sweep.id, now);
  }
  return { kind: "started", sweep, joined: running !== null };
}

/** Stops what runs under another text of a policy, at once. */
export function stopOthers(books: Books, id: string, policy: LoadedPolicy | null): void {
  const now = books.runtime.now();
  for (const sweep of books.sweeps.active(id)) {
    stopIfUnwanted(books, sweep, policy, now);
  }
}

/** Takes the approval of a braked sweep: it cites the plan, and comes from another key where two are asked for. */
export function approveSweep(
  books: Books,
  id: string,
  planDigest: string,
  actor: Actor,
): DecisionAnswer<SweepReport> {
  const sweep = books.sweeps.get(id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  if (sweep.status !== "braked" || sweep.approved_by !== null) {
    return { kind: "wrong_status", status: sweep.status };
  }
  if (sweep.plan_digest !== planDigest) {
    return { kind: "wrong_digest" };
  }
  if (books.config.four_eyes && books.facts.writerOf(sweep.policy, sweep.policy_digest) === actor) {
    return { kind: "same_key" };
  }
  const report: SweepReport = { ...sweep, approved_by: actor };
  books.sweeps.save(report);
  books.commands.put(sweep.source, { do: "proceed", id, approved_by: actor });
  return { kind: "done", report };
}

export function cancelSweep(books: Books, id: string): DecisionAnswer<SweepReport> {
  const sweep = books.sweeps.get(id);
  if (sweep === null) {
    return { kind: "not_found" };
  }
  if (ENDED_SWEEPS.has(sweep.status)) {
    return { kind: "wrong_status", status: sweep.status };
  }
  books.commands.put(sweep.source, { do: "stop", id, as: "cancelled" });
  return { kind: "done", report: sweep };
}

/** Enters what a Custodian tells of a sweep. */
export function enterSweepNews(books: Books, source: string, seq: number, news: SweepNews): void {
  const moved = books.sweeps.update(news.id, seq, (report) => ({
    ...report,
    status: news.status,
    cutoff: news.cutoff === null ? null : formatTimestamp(news.cutoff),
    guard: news.guard,
    plan_digest: news.plan_digest,
    counts: news.counts,
    dispositions: news.dispositions,
    verified: news.verified,
    error: news.error,
    lag_seconds: news.lag_seconds,
    finished_at: news.finished_at === null ? null : formatTimestamp(news.finished_at),
    histogram: news.histogram,
    plan_until: news.plan_until === null ? null : formatTimestamp(news.plan_until),
  }));
  if (moved === null) {
    return;
  }
  sweepMoved(books, moved);
  if (ENDED_SWEEPS.has(news.status)) {
    const failing = news.error !== null;
    books.facts.setSourceHealth(source, {
      status: failing ? "failing" : "ok",
      detail: news.error?.code ?? null,
      at: formatTimestamp(books.runtime.now()),
    });
  }
}

function joinable(books: Books, policy: LoadedPolicy): SweepReport | null {
  // One under an older text may not have stopped yet: it is not the one to join.
  const running = books.sweeps.active(policy.id);
  return running.find((sweep) => sweep.policy_digest === policy.digest) ?? null;
}

function stopIfUnwanted(
  books: Books,
  sweep: SweepReport,
  policy: LoadedPolicy | null,
  now: number,
): void {
  const wanted =
    policy !== null && policy.policy.mode !== "off" && policy.digest === sweep.policy_digest;
  const waits = sweep.status === "braked" && sweep.approved_by === null;
  const expired = waits && now - Date.parse(sweep.created_at) > BRAKED_MS;
  if (!wanted || expired) {
    books.commands.put(sweep.source, {
      do: "stop",
      id: sweep.id,
      as: waits ? "cancelled" : "stopped",
    });
  }
}

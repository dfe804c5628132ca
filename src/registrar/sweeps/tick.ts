import type { PolicyProblem } from "../../core/report/health.ts";
import { askersOf, type SweepReport } from "../../core/report/sweep.ts";
import { whoAt } from "../../core/report/who.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import type {
  Actor,
  IdempotencyKey,
  PolicyVersion,
  ShownVersion,
  StartSweepAnswer,
  Tick,
  TickResult,
} from "../../contract/registrar.ts";
import { replayedSweep, openSweep } from "./open.ts";
import { countsFrom, currentVersionOf, type CurrentVersion } from "../policies/current.ts";
import { mayRun, stopUnwanted } from "./stop.ts";
import { noteActivity } from "../signals/activity.ts";
import { noteTick } from "../signals/tick.ts";
import { watchTicks } from "./watch_ticks.ts";

/**
 * Carries out one tick: what no policy asks for any more is stopped, and each policy that is scheduled
 * starts a sweep, or joins the one under way. A tick that comes twice changes nothing.
 */
export function runTick(
  records: Records,
  { tick, policies, problems: wrong, unread = [], is_own: isOwn = false }: Tick,
): TickResult {
  const now = records.runtime.now();
  const { stale, superseded } = findCurrentVersions(records, policies, wrong, new Set(unread), now);
  const problems = [...wrong, ...unread.map(unreadProblem)];
  records.facts.tick(tick, [...problems, ...superseded], isOwn);
  watchTicks(records, policies, now);
  noteTick(records, policies, problems, now);
  const started: string[] = [];
  const joined: string[] = [];
  const late: string[] = [];
  const skipped: Record<string, string> = {};
  const known = new Set([...policies, ...problems].map(({ id }) => id));
  for (const { version: policy, is_late } of records.marks.scheduled(
    policies,
    known,
    tick,
    records.config.sources,
  )) {
    const { id } = policy;
    const outcome = stale.has(id) ? "kv_stale" : meetTick(records, policy, tick, now);
    if (outcome === "started") {
      started.push(id);
    } else if (outcome === "joined") {
      joined.push(id);
    } else {
      skipped[id] = outcome;
    }
    // What KV or an older sweep held up stays due: the next tick makes up for it.
    if (outcome !== "kv_stale" && outcome !== "stopping") {
      records.marks.served(id, tick);
      late.push(...(is_late ? [id] : []));
    }
  }
  return { started, joined, late, skipped };
}

/** Finds the versions that count, and stops what runs under any other. */
function findCurrentVersions(
  records: Records,
  policies: readonly PolicyVersion[],
  problems: readonly PolicyProblem[],
  unread: ReadonlySet<string>,
  now: number,
): { stale: ReadonlySet<string>; superseded: readonly PolicyProblem[] } {
  const shown = new Map<string, ShownVersion>([
    ...problems.map(({ id }) => [id, "invalid"] as const),
    ...policies.map((policy) => [policy.id, policy] as const),
  ]);
  const running = records.sweeps.active(null).map(({ policy }) => policy);
  const stale = new Set<string>();
  const superseded: PolicyProblem[] = [];
  // What KV does not show any more is looked at too: a version that is gone must not come back by its lag.
  for (const id of new Set([...shown.keys(), ...running, ...records.versions.present()])) {
    if (unread.has(id)) {
      continue;
    }
    const current = currentVersionOf(records, id, shown.get(id) ?? null, now);
    stopUnwanted(records, id, current);
    if (current.kind === "stale") {
      stale.add(id);
      superseded.push(...staleProblem(id, current));
    }
  }
  return { stale, superseded };
}

/** Starts the sweep that a tick asks for, or joins the one under way; or says why not. */
function meetTick(
  records: Records,
  policy: PolicyVersion,
  tick: number,
  now: number,
): "started" | "joined" | "stopping" | "tick_repeated" {
  if (joinable(records, policy) !== null) {
    return "joined";
  }
  if (records.sweeps.active(policy.id).length > 0) {
    return "stopping";
  }
  if (records.sweeps.hasTick(policy.id, tick) || records.folded_sweeps.hasTick(policy.id, tick)) {
    return "tick_repeated";
  }
  openSweep(records, { policy, trigger: "tick", tick, started_by: null }, now);
  return "started";
}

/**
 * Starts a sweep for a person, or joins the one under way, whatever its schedule. None under a version that
 * the API has replaced or removed: KV may show it for minutes.
 */
export function startSweep(
  records: Records,
  policy: PolicyVersion,
  actor: Actor,
  idempotency: IdempotencyKey | null,
): StartSweepAnswer {
  const now = records.runtime.now();
  const known = replayedSweep(records, idempotency, now);
  if (known !== null) {
    return known;
  }
  if (!mayRun(records, policy, now)) {
    return { kind: "kv_stale" };
  }
  const running = joinable(records, policy);
  // Before its first tick nobody has noted that there is such a policy.
  records.gauges.see(policy.id, policy.policy.source, now);
  const opening = { policy, trigger: "request", tick: null, started_by: actor } as const;
  const sweep =
    running === null ? openSweep(records, opening, now) : join(records, running, actor, now);
  records.idempotency.keep(idempotency, sweep.id, now);
  return { kind: "started", sweep, joined: running !== null };
}

/** Why a version that KV shows does not run; what its lag explains is over by itself, and not told. */
function staleProblem(
  id: string,
  { version, why }: Extract<CurrentVersion, { kind: "stale" }>,
): PolicyProblem[] {
  const told = {
    lag: null,
    superseded: `KV shows a document that version ${version.no} superseded, so nothing runs: PUT the one that you want, or DELETE the policy`,
    back: `KV showed no valid document until just now: this one runs from ${formatTimestamp(countsFrom(version))} on if KV goes on showing it, and at once after a PUT`,
  }[why];
  return told === null ? [] : [{ id, code: "kv_stale", errors: [{ field: "", message: told }] }];
}

/** Who joins a sweep has asked for it too. */
function join(records: Records, sweep: SweepReport, actor: Actor, now: number): SweepReport {
  if (askersOf(sweep).includes(actor)) {
    return sweep;
  }
  const report: SweepReport = { ...sweep, joined_by: [...sweep.joined_by, whoAt(actor, now)] };
  records.sweeps.save(report);
  noteActivity(records, "sweep.joined", sweep.id, actor);
  return report;
}

/** What runs under it goes on, and nothing starts until its document can be read. */
function unreadProblem(id: string): PolicyProblem {
  const message = "KV did not give it at the last tick: it is read again at the next one";
  return { id, code: "policy_unread", errors: [{ field: "", message }] };
}

function joinable(records: Records, policy: PolicyVersion): SweepReport | null {
  // One under an older version may not have stopped yet: it is not the one to join.
  const running = records.sweeps.active(policy.id);
  return running.find((sweep) => sweep.policy_digest === policy.digest) ?? null;
}

import type { PolicyProblem } from "./core/report/health.ts";
import type { PolicyVersion, Tick, TickResult } from "./contract/registrar.ts";
import { buildDeps, type ApiDeps } from "./deps.ts";
import { describeThrown } from "./platform/log.ts";
import { listPolicyIds, readPolicies } from "./kv/policies.ts";
import { policyTargets } from "./kv/targets.ts";

const MINUTE_MS = 60_000;

/** The part of the dependencies that a tick uses. */
export type TickDeps = Pick<ApiDeps, "config" | "registrar" | "policies" | "log">;

/** One tick of the platform's cron, or one of our own in its stead: `scheduledTime` in epoch milliseconds names it. */
export async function runTick(scheduledTime: number, env: Env, isOwn = false): Promise<void> {
  const deps = buildDeps(env);
  if (isOwn || takesTick(scheduledTime, deps.config)) {
    await kickTick(scheduledTime, deps, isOwn);
  }
}

/** Whether a tick of the cron is taken: on the free plan, every second minute. One off the minute was asked for. */
export function takesTick(
  scheduledTime: number,
  { tick_minutes }: Pick<ApiDeps["config"], "tick_minutes">,
): boolean {
  return scheduledTime % MINUTE_MS !== 0 || (scheduledTime / MINUTE_MS) % tick_minutes === 0;
}

/**
 * Reads the policies and hands them to the Registrar. KV unreadable: no sweep starts, and the Registrar
 * is told. Answers null then.
 */
export async function kickTick(
  scheduledTime: number,
  deps: TickDeps,
  isOwn = false,
): Promise<TickResult | null> {
  const { registrar, log } = deps;
  let tick: Tick;
  try {
    tick = { ...(await readTick(scheduledTime, deps)), is_own: isOwn };
  } catch (thrown) {
    log("error", "tick.policies_unreadable", describeThrown(thrown));
    await registrar.tickFailed(scheduledTime, "the policies could not be read from KV", isOwn);
    return null;
  }
  const result = await registrar.tick(tick);
  const unread = tick.unread ?? [];
  log(tick.problems.length + unread.length === 0 ? "info" : "warn", "tick.done", {
    own: isOwn,
    policies: tick.policies.length,
    started: result.started.length,
    joined: result.joined.length,
    late: result.late.length,
    skipped: Object.keys(result.skipped).length,
    unread: unread.length,
    invalid: tick.problems.map(({ id }) => id).join(","),
  });
  return result;
}

async function readTick(scheduledTime: number, { config, policies: kv }: TickDeps): Promise<Tick> {
  const targets = policyTargets(config.sources);
  const policies: PolicyVersion[] = [];
  const problems: PolicyProblem[] = [];
  const unread: string[] = [];
  for (const [id, stored] of await readPolicies(kv, await listPolicyIds(kv), targets)) {
    if (stored === "unread") {
      unread.push(id);
    } else if (stored?.ok === true) {
      policies.push(stored.value);
    } else if (stored !== null) {
      problems.push({ id, code: "policy_invalid", errors: stored.error });
    }
  }
  return { tick: scheduledTime, policies, problems, unread };
}

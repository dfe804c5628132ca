import type { PolicyProblem } from "./core/report/health.ts";
import type { PolicyVersion, Tick, TickResult } from "./contract/registrar.ts";
import { buildDeps, type ApiDeps } from "./deps.ts";
import { firesNextMinute } from "./core/schedule/cron_tick.ts";
import { describeThrown } from "./platform/log.ts";
import { listPolicyIds, readPolicies } from "./kv/policies.ts";
import { policyTargets } from "./kv/targets.ts";

const MINUTE_MS = 60_000;

type Fired = Pick<ScheduledController, "cron" | "scheduledTime">;

/** The part of the dependencies that a tick uses. */
export type TickDeps = Pick<ApiDeps, "config" | "registrar" | "policies" | "log">;

/** A tick of the platform's cron, which is left out where the plan says so. */
export async function runCron(fired: Fired, env: Env): Promise<void> {
  const deps = buildDeps(env);
  if (takesTick(fired, deps.config)) {
    await kickTick(fired.scheduledTime, deps);
  }
}

/** One tick, our own in the cron's stead or not: `scheduledTime` in epoch milliseconds names it. */
export async function runTick(scheduledTime: number, env: Env, isOwn = false): Promise<void> {
  await kickTick(scheduledTime, buildDeps(env), isOwn);
}

/**
 * Whether a tick of the cron is taken. On the free plan an odd minute is left to the even one after it, if the
 * cron fires then: of a slower cron all may be odd. A tick off the minute was asked for.
 */
export function takesTick(
  { cron, scheduledTime }: Fired,
  { tick_minutes }: Pick<ApiDeps["config"], "tick_minutes">,
): boolean {
  return (
    scheduledTime % MINUTE_MS !== 0 ||
    (scheduledTime / MINUTE_MS) % tick_minutes === 0 ||
    !firesNextMinute(cron, scheduledTime)
  );
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

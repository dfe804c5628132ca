import { freeze, judge as verdictOf } from "../../src/core/rule/due.ts";
import { ENDED_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import type { Policy } from "../../src/core/policy/policy.ts";
import type { Account } from "./accounts.ts";
import { namelessOf } from "./family.ts";
import type { Run } from "./run.ts";
import { HOUR, isOdd, PEOPLE } from "./seed.ts";
import { nameOf, type Found } from "./world.ts";

/** Budgets that are no reason for anything to be left. */
const AMPLE = 1000;

/**
 * Everything is well again, or all but one account: within days, whatever was begun comes to its end and
 * nothing due is left. Then everybody is erased.
 */
export async function calm(run: Run): Promise<void> {
  const { world, judge } = run;
  const dead = world.accounts.find(() => run.chance(0.04)) ?? null;
  run.log.push(dead === null ? "all is well" : `all is well but ${dead.source}, which is down`);
  for (const account of world.accounts) {
    account.mood = account === dead ? "down" : "well";
  }
  await run.turn(false);
  while (judge.holds.length > 0) {
    await run.release();
  }
  // What has failed rests for a day at most.
  await settle(run, [1, 1, 2, 8, 13, 3]);
  await lookForLate(run, dead);
  await lookForOpen(run, dead);
  const last = judge.asked.length;
  for (const value of PEOPLE) {
    await run.erase({ type: "user_identifier_key", value }, {}, "author");
  }
  await settle(run, [1, 2]);
  await lookForOpen(run, dead);
  await lookAtLast(run, last, dead);
  await lookAtCounts(run);
}

async function settle(run: Run, hours: readonly number[]): Promise<void> {
  for (const some of hours) {
    await run.tick();
    await run.pass(some * HOUR);
    await run.approve();
    await run.look();
  }
  await run.pass(HOUR);
  await run.approve();
  await run.look();
}

/** Erasures and sweeps that got nowhere. A source that is down for good holds up its own part alone. */
async function lookForOpen(run: Run, dead: Account | null): Promise<void> {
  const { world, judge } = run;
  const there = await world.sessions();
  for (const asked of judge.asked) {
    const report = asked.isOpen ? await run.erasure(asked.id) : null;
    if (report === null) {
      continue;
    }
    const isExcused = dead !== null && (asked.sources?.includes(dead.source) ?? true);
    const left = there.filter(
      (one) =>
        asked.hers.has(nameOf(one)) &&
        one.source !== dead?.source &&
        // What was held when its part ended stays, and is told.
        (report.sources[one.source]?.dispositions.held ?? 0) === 0 &&
        // What cannot be read stays, and what that has made.
        !isOdd(one) &&
        (one.parent === null || !isOdd(one.parent)) &&
        // What may serve several people stays.
        !judge.isShared(asked, one),
    );
    const isAlone = asked.sources?.length === 1;
    if (
      !isExcused ||
      !(isAlone || report.status === "partial") ||
      (!isAlone && left.length > 0 && report.status !== "conflict")
    ) {
      const rest = left.map(nameOf).join();
      judge.wrongs.push(`${asked.id} got nowhere, left ${rest}: ${JSON.stringify(report)}`);
    }
  }
  for (const id of judge.openLooks()) {
    // It waits for a source that is down for good, until somebody cancels.
    const report = await run.erasure(id);
    if (dead === null || !Object.hasOwn(report.sources, dead.source)) {
      judge.wrongs.push(`${id} only looks, and got nowhere: ${JSON.stringify(report)}`);
    }
  }
  for (const sweep of await all<SweepReport>(world, "sweeps")) {
    if (!ENDED_SWEEPS.has(sweep.status) && sweep.source !== dead?.source) {
      judge.wrongs.push(`${sweep.id} got nowhere: ${JSON.stringify(sweep)}`);
    }
  }
}

/** Sessions that have been due for a day, and wait for nothing. */
async function lookForLate({ world, judge, policies }: Run, dead: Account | null): Promise<void> {
  const seen = (await world.sessions()).map((one) => judge.asSeen(one));
  for (const one of seen) {
    const policy = policies.get(one.source);
    if (
      policy?.mode === "enforce" &&
      policy.budget.items === AMPLE &&
      one.source !== dead?.source &&
      isLate(one, policy, seen, world.now - 24 * HOUR)
    ) {
      judge.wrongs.push(`${nameOf(one)} is due and still there`);
    }
  }
}

function isLate(one: Found, policy: Policy, there: readonly Found[], at: number): boolean {
  const isDue = (some: Found): boolean =>
    !isOdd(some) && verdictOf(freeze(policy, at), some).kind === "due";
  return isDue(one) && namelessOf(one, there).every(isDue);
}

/** All is well and nobody is held: who is erased now is erased, or a report says what stands against it. */
async function lookAtLast(run: Run, from: number, dead: Account | null): Promise<void> {
  for (const { id } of run.judge.asked.slice(from)) {
    const { status, sources } = await run.erasure(id);
    const isHindered = Object.values(sources).some(
      ({ unreadable, dispositions }) => unreadable.count > 0 || (dispositions.shared ?? 0) > 0,
    );
    const isDone = status === "completed" || status === "no_match";
    if (!isDone && dead === null && !(status === "partial" && isHindered)) {
      run.judge.wrongs.push(`${id} is ${status} at the end: ${JSON.stringify(sources)}`);
    }
  }
}

/** What is said to be deleted was there to be deleted, and whatever went is told of. */
async function lookAtCounts(run: Run): Promise<void> {
  const { world, judge } = run;
  const reports: ErasureReport[] = [];
  for (const { id } of judge.asked) {
    reports.push(await run.erasure(id));
  }
  const sweeps = await all<SweepReport>(world, "sweeps");
  for (const source of world.sources) {
    const counts = [
      ...sweeps.flatMap((sweep) => (sweep.source === source ? sweep.dispositions : [])),
      ...reports.flatMap(({ sources }) => sources[source]?.dispositions ?? []),
    ];
    const deleted = counts.reduce((sum, one) => sum + (one.deleted ?? 0), 0);
    const perhaps = counts.reduce(
      (sum, { absent_after_attempt: absent = 0, already_absent: gone = 0, unknown = 0 }) =>
        sum + absent + gone + unknown,
      deleted,
    );
    const removed = judge.removed.get(source) ?? 0;
    if (deleted > removed || removed > perhaps) {
      judge.wrongs.push(`${source}: ${removed} went, and ${deleted} to ${perhaps} are told of`);
    }
  }
}

async function all<T>(world: Run["world"], kind: "sweeps" | "erasures"): Promise<readonly T[]> {
  const found: T[] = [];
  for (let cursor = ""; ;) {
    const { body } = await world.ask("GET", `/v1/${kind}?limit=100${cursor}`, "author");
    found.push(...(body["data"] as readonly T[]));
    const next = body["next_cursor"];
    if (typeof next !== "string") {
      return found;
    }
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

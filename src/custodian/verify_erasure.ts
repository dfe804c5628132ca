import { LEFT_IN_PLACE, type Disposition } from "../core/disposition.ts";
import { formatTimestamp } from "../core/timestamp.ts";
import { matchSubject, namesSomebody } from "../core/subject.ts";
import type { Sink } from "../sources/source.ts";
import type { ErasureOrder } from "./contract.ts";
import type { Job } from "./jobs.ts";
import { BY_IDENTIFIER, PENDING, type PlanRow } from "./plan.ts";
import { queryOf } from "./select.ts";
import { closeKin } from "./select_subject.ts";
import { accountChanged, AGAIN, endJob, onFault, overWindow, type StepResult, type Work } from "./work.ts";

/** Read-backs before what is still found makes the erasure partial. */
export const MAX_PASSES = 3;

const PAGE = 200;

/**
 * Reads back: each removed id, then the original selector. What turns up goes into the plan and is
 * removed before the next pass; passes are `settle_seconds` apart, the first one at once.
 */
export async function verifyErasure(
  work: Work,
  job: Job,
  order: ErasureOrder,
): Promise<StepResult> {
  const before = job.progress;
  if (work.runtime.now() < before.settle_at) {
    return { kind: "wait", until: before.settle_at };
  }
  switch (before.verify_part) {
    case "ids":
      return readIds(work, job);
    case "kin":
      return findKin(work, job);
    case "selector":
      return searchAgain(work, job, order);
  }
}

async function searchAgain(work: Work, job: Job, order: ErasureOrder): Promise<StepResult> {
  const before = job.progress;
  work.plan.dropFrom(job.no, before.next_seq);
  const turn = await work.meter.reserve();
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const collect = collectAgain(work, job, order);
  const page = await work.source.list(queryOf(work, job), before.cursor, collect, turn.value);
  if (!page.ok) {
    job.progress = before;
    return onFault(work, job, page.error);
  }
  const account = await work.source.account(turn.value);
  if (!account.ok) {
    job.progress = before;
    return onFault(work, job, account.error);
  }
  const planned = before.fingerprint?.split("/")[1];
  if (account.value !== null && planned !== undefined && planned !== account.value) {
    return endJob(job, "failed", accountChanged(work.source_name));
  }
  job.progress = {
    ...job.progress,
    cursor: page.value.next,
    unsearched: Math.max(job.progress.unsearched, page.value.unsearched?.length ?? 0),
  };
  if (page.value.next !== null) {
    return AGAIN;
  }
  job.progress = { ...job.progress, verify_part: "kin" };
  return AGAIN;
}

/** Children of what was removed, sought again by the removed ids. */
async function findKin(work: Work, job: Job): Promise<StepResult> {
  return (await closeKin(work, job)) ?? endPass(work, job);
}

async function readIds(work: Work, job: Job): Promise<StepResult> {
  const rows = work.plan.page(job.no, job.progress.verify_seq, PAGE);
  const last = rows.at(-1);
  if (last === undefined) {
    work.kin.clear(job.no);
    job.progress = { ...job.progress, verify_part: "selector", verify_seq: 0, cursor: null };
    return AGAIN;
  }
  const queue = rows.filter((row) => row.disposition !== null && !LEFT_IN_PLACE.has(row.disposition));
  const back: PlanRow[] = [];
  const stop = await overWindow(
    work.source.capabilities.concurrency,
    () => queue.shift() ?? null,
    async (row) => {
      const turn = await work.meter.reserve();
      const session = turn.ok ? await work.source.read(row, turn.value) : turn;
      if (!session.ok) {
        return onFault(work, job, session.error);
      }
      if (session.value !== null) {
        back.push(row);
      }
      return null;
    },
  );
  if (stop !== null) {
    return stop;
  }
  for (const { seq } of back) {
    work.plan.retry(job.no, seq, PENDING, 0);
  }
  job.progress = { ...job.progress, verify_seq: last.seq };
  return AGAIN;
}

/** A session that is there again goes back into the plan: what was counted for it no longer holds. */
function collectAgain(work: Work, job: Job, order: ErasureOrder): Sink {
  return (sessions) => {
    for (const session of sessions) {
      const match = matchSubject(order.identifiers, session);
      if (match.kind === "none") {
        if (session.parent !== null && !namesSomebody(session)) {
          work.kin.add(job.no, session, session.parent);
        }
        continue;
      }
      const row = work.plan.find(job.no, session.scope, session.id);
      if (row === null) {
        work.plan.append(job.no, job.progress.next_seq, [
          {
            scope: session.scope,
            id: session.id,
            version: session.version,
            clause: BY_IDENTIFIER,
            due_at: 0,
            state: PENDING,
            disposition: match.kind === "match" ? null : "shared",
          },
        ]);
        job.progress = { ...job.progress, next_seq: job.progress.next_seq + 1 };
      } else if (isSeenAgain(row.disposition, match.kind === "match")) {
        work.plan.retry(job.no, row.seq, PENDING, 0);
      }
    }
  };
}

function isSeenAgain(disposition: Disposition | null, matches: boolean): boolean {
  return disposition !== null && (!LEFT_IN_PLACE.has(disposition) || (disposition === "renewed" && matches));
}

function endPass(work: Work, job: Job): StepResult {
  const now = work.runtime.now();
  const { pass } = job.progress;
  const found = work.plan.count(job.no, PENDING);
  const settled = work.plan.dispositions(job.no);
  job.progress = {
    ...job.progress,
    pass: pass + 1,
    settle_at: now + work.settle_seconds * 1000,
    verify_part: "ids",
    verify_seq: 0,
    cursor: null,
    verified_at: [...job.progress.verified_at, formatTimestamp(now)],
    found: job.progress.next_seq - 1,
    dispositions: Object.fromEntries(settled.map(({ disposition, n }) => [disposition, n])),
  };
  if (found === 0) {
    return endJob(job, "done");
  }
  if (pass + 1 >= MAX_PASSES) {
    return endJob(job, "partial");
  }
  job.progress = { ...job.progress, phase: "removing" };
  return AGAIN;
}

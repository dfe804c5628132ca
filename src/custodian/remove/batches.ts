import { createId } from "../../core/values/id.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../../sources/fault.ts";
import type { BatchSource, Removal, Turn } from "../../sources/source.ts";
import { chooseRows, linesOf, READ_AT_ONCE, sessionsOf, type BatchRow } from "./batch_rows.ts";
import { note, type Job } from "../tables/jobs.ts";
import { PENDING } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { isHeldNow, recheckRow } from "./recheck.ts";
import { isAboutOrphans } from "../job/matched.ts";
import { cutoffAhead, ruleNow } from "../job/rule.ts";
import { budgetOf, type Work } from "../job/work.ts";
import type { RemovingJob } from "../job/permission.ts";
import { noteUnreadable, settleRows } from "../job/settle.ts";
import { MAX_TRIES, onFault, onStop } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";
import { forgetStored } from "./lost_batches.ts";

const NOTHING_READ: ReadonlyMap<string, Session> = new Map();

/**
 * Removes one batch from a source that compares and deletes in one transaction. The intent is committed
 * in the same turn as the call. What lost answers came to is settled before, by the source's own record of them.
 */
export async function removeBatch(
  work: Work,
  source: BatchSource,
  job: RemovingJob,
): Promise<StepResult | null> {
  const turn = await work.meter.reserve(budgetOf(job));
  if (!turn.ok) {
    return onFault(work, job, turn.error);
  }
  const now = work.runtime.now();
  const { batch_size: most } = source;
  const mustRead = work.restraints.needsContentSince(job.progress.plan.judged);
  const ready = work.plan.ready(
    job.no,
    PENDING,
    now,
    0,
    mustRead ? Math.min(most, READ_AT_ONCE) : most,
  );
  if (ready.length === 0) {
    return forgetStored(work, job);
  }
  const chosen = chooseRows(work, job, ready);
  const read = mustRead ? await readRows(source, chosen, turn.value) : ok(NOTHING_READ);
  if (!read.ok) {
    return onFault(work, job, read.error);
  }
  // One turn, no await since the rows were read, or since it was seen that they need not be: whether the
  // job may go on by wish and clock, switch and holds, the intent, the call.
  if (work.jobs.wishOf(job.no)?.do === "stop" || cutoffAhead(job, work.runtime.now()) !== null) {
    return AGAIN;
  }
  const stop = work.restraints.stop();
  if (stop !== null) {
    return onStop(work, job, stop);
  }
  const { held, left, rows } = partHeld(work, chosen, read.value);
  if (held.length + left.length > 0) {
    work.commit(job, () => {
      settleRows(work, job, held, "held");
      for (const as of ["renewed", "shared"] as const) {
        settleRows(
          work,
          job,
          left.filter(({ notes }) => notes?.left_as === as),
          as,
        );
      }
    });
  }
  if (rows.length === 0) {
    return AGAIN;
  }
  const batch = createId("bat", now, work.runtime.randomBytes);
  const thresholds = job.kind === "sweep" ? ruleNow(job, work.runtime.now()).thresholds : null;
  work.batches.intend(
    batch,
    job.no,
    rows.map(({ seq }) => seq),
  );
  const forget = work.batches.stored(job.no);
  const removals = await work.restraints.fly(
    { batch, sessions: rows.map((row) => sessionOr(row, read.value.get(keyOf(row)))) },
    async () =>
      source.remove(
        rows,
        {
          thresholds,
          after_children: thresholds !== null,
          orphans: isAboutOrphans(job),
          forget,
          ...linesOf(rows),
        },
        batch,
        turn.value,
      ),
  );
  if (removals.some(({ kind }) => kind === "unknown")) {
    return { kind: "wait", until: work.runtime.now() + 1000, by: "faults" };
  }
  const first = removals[0];
  if (first?.kind === "failed" && first.fault.kind === "exhausted") {
    // Nothing was asked, so no session has had a try.
    work.batches.forget(batch);
    return onFault(work, job, first.fault);
  }
  work.commit(job, () => {
    record(work, job, rows, removals);
    work.batches.answered(batch);
    for (const earlier of forget) {
      work.batches.forget(earlier);
    }
  });
  const changed = rows.filter((_, index) => removals[index]?.kind === "changed");
  const fault = removals.find((removal) => "fault" in removal);
  return (
    (await recheckChanged(work, job, changed)) ??
    (fault !== undefined && "fault" in fault ? onFault(work, job, fault.fault) : AGAIN)
  );
}

function keyOf({ scope, id }: SessionRef): string {
  return `${scope}\n${id}`;
}

/**
 * Reads rows as they are now, where a hold that came after they were judged looks at what they say. Those
 * that were written since they were planned are left out: the removal will not touch them.
 */
async function readRows(
  source: BatchSource,
  rows: readonly BatchRow[],
  turn: Turn,
): Promise<Result<ReadonlyMap<string, Session | "unreadable">, Fault>> {
  const wanted = [...new Map(rows.flatMap(sessionsOf).map((one) => [keyOf(one), one])).values()];
  const found = await source.readMany(wanted, turn);
  return found.ok
    ? ok(
        new Map(
          wanted.flatMap((one, index) => {
            const session = found.value[index] ?? null;
            return session === "unreadable" || session?.version === one.version
              ? [[keyOf(one), session] as const]
              : [];
          }),
        ),
      )
    : found;
}

function sessionOr(row: PlanRow, read: Session | "unreadable" | undefined): Session | PlanRow {
  return read === undefined || read === "unreadable" ? row : read;
}

/**
 * Parts what a hold binds, and what stays with what it would have gone with, from what may go. A row that was
 * not read was judged when it was planned; of one that cannot be read nobody can say that the hold which asks
 * does not mean it.
 */
function partHeld(
  work: Work,
  chosen: readonly BatchRow[],
  read: ReadonlyMap<string, Session | "unreadable">,
): {
  readonly held: readonly BatchRow[];
  readonly left: readonly BatchRow[];
  readonly rows: readonly BatchRow[];
} {
  const isHeld = (one: SessionRef): boolean => {
    const session = read.get(keyOf(one));
    return session === undefined
      ? work.restraints.isHeldByRef(one)
      : session === "unreadable" || work.restraints.heldBy(session) !== null;
  };
  const held = chosen.filter(
    (row) => row.notes?.left_as === "held" || sessionsOf(row).some(isHeld),
  );
  const isLeft = ({ notes }: BatchRow): boolean => (notes?.left_as ?? "held") !== "held";
  const stays = new Set(held);
  const left = chosen.filter((row) => !stays.has(row) && isLeft(row));
  const rows = chosen.filter((row) => !stays.has(row) && !isLeft(row));
  return { held, left, rows };
}

function record(
  work: Work,
  job: Job,
  rows: readonly PlanRow[],
  removals: readonly Removal[],
): void {
  const of = (kind: Removal["kind"]): PlanRow[] =>
    rows.filter((_, index) => removals[index]?.kind === kind);
  settleRows(work, job, of("deleted"), "deleted");
  // Every batch whose answer was lost has been resolved: whatever is absent now went by another hand.
  settleRows(work, job, of("absent"), "already_absent");
  settleRows(work, job, of("refused"), "refused");
  awaitChildren(work, job, of("has_children"));
  const failed = of("failed");
  settleRows(work, job, failed.filter(isLastTry), "unreachable");
  for (const row of [...of("changed"), ...failed.filter((one) => !isLastTry(one))]) {
    work.outcomes.countTry(job.no, row.seq);
  }
}

/**
 * A parent goes after what it has made and names nobody: it is taken up once more when everything else has
 * been, and left where that did not go.
 */
export function awaitChildren(
  work: Work,
  job: Job,
  rows: readonly PlanRow[],
  notBefore: (row: PlanRow) => number = () => 0,
): void {
  settleRows(work, job, rows.filter(isLastTry), "awaits_children");
  for (const row of rows.filter((one) => !isLastTry(one))) {
    const { next_seq: seq } = job.progress.plan;
    work.outcomes.countTry(job.no, row.seq);
    work.outcomes.retry(job.no, row.seq, PENDING, notBefore(row));
    work.outcomes.move(job.no, row.seq, seq);
    note(job, "plan", { next_seq: seq + 1 });
  }
}

function isLastTry({ tries }: PlanRow): boolean {
  return tries + 1 >= MAX_TRIES;
}

/**
 * Sessions that were written since they were planned are read again: due still, or renewed. One that is
 * written before every try is left, and settled here alone, so that it is counted once.
 */
async function recheckChanged(
  work: Work,
  job: Job,
  rows: readonly PlanRow[],
): Promise<StepResult | null> {
  for (const row of rows) {
    const fate = await work.meter.ask(async (turn) => recheckRow(work, job, row, turn));
    if (!fate.ok && fate.error.kind === "unreadable") {
      work.commit(job, () => {
        noteUnreadable(job, row);
        settleRows(work, job, [row], "unreachable");
      });
      continue;
    }
    if (!fate.ok) {
      return onFault(work, job, fate.error);
    }
    work.commit(job, () => {
      switch (fate.value.fate) {
        case "remove":
          // Asked in this turn: a row is put back only with a version that no hold bound as it was read.
          if (isHeldNow(work, fate.value)) {
            settleRows(work, job, [row], "held");
          } else if (isLastTry(row)) {
            settleRows(work, job, [row], "unreachable");
          } else {
            work.outcomes.retry(job.no, row.seq, PENDING, 0, fate.value.session.version);
            work.followers.renew(job.no, row, fate.value.line ?? []);
          }
          break;
        case "absent":
          settleRows(work, job, [row], "already_absent");
          break;
        case "renewed":
        case "shared":
        case "held":
        case "unreachable":
          settleRows(work, job, [row], fate.value.fate);
          break;
      }
    });
  }
  return null;
}

import { mayFollow, type Threshold } from "../../core/rule/due.ts";
import { after } from "../../core/values/duration.ts";
import { recheckDue, recheckSubject, type Recheck } from "../../core/rule/recheck.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Turn } from "../../sources/source.ts";
import { notesOf } from "../plan/take_families.ts";
import type { FollowerNotes } from "../tables/family/followers.ts";
import { selectionOf, type Job, type SweepJob } from "../tables/jobs.ts";
import { asOrphan } from "../select/orphans.ts";
import { AS_CHILD, ATTEMPTED } from "../tables/plan/plan.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { readActivity } from "../job/activity.ts";
import { ruleNow, ruleOf } from "../job/rule.ts";
import type { Work } from "../job/work.ts";
import { progressed } from "../job/result.ts";

/** Pages of one session's activity that are read in one step. */
const MOST_PAGES = 20;

/**
 * What is left to do about a planned session, now that it has been read again. One that may go is asked
 * about holds once more, in the turn of its intent.
 */
export type Checked =
  | {
      readonly fate: "remove";
      readonly session: Session;
      readonly due_at: number;
      /** Of one that goes with another: from what made it up to that one. */
      readonly line?: readonly Session[];
    }
  | { readonly fate: "renewed" | "shared" | "held" | "absent" | "unreachable" };

type Removable = Extract<Checked, { readonly fate: "remove" }>;

/** Reads a planned session, with its activity where the source tells it apart, and decides again. */
export async function recheckRow(
  work: Work,
  job: Job,
  row: PlanRow,
  turn: Turn,
): Promise<Result<Checked, Fault>> {
  const read = await work.source.read(row, turn);
  if (!read.ok) {
    return read;
  }
  if (read.value === null) {
    return ok({ fate: "absent" });
  }
  if (row.state === ATTEMPTED && work.children.stays(job.no, row)) {
    return ok({ fate: "shared" });
  }
  const notes = notesOf(work, job, [row]).get(0);
  if (notes !== undefined && job.kind === "sweep") {
    return recheckFollower(work, job, row, read.value, notes, turn);
  }
  const seen =
    job.kind === "sweep" ? await asOrphan(work, ruleOf(job), read.value, turn) : ok(read.value);
  if (!seen.ok) {
    return seen;
  }
  const session = seen.value;
  const decision = decide(work, job, row, session);
  if (decision.kind === "renewed" || decision.kind === "shared") {
    return ok({ fate: decision.kind });
  }
  if (work.restraints.heldBy(session) !== null) {
    return ok({ fate: "held" });
  }
  if (decision.kind === "remove") {
    return ok({ fate: "remove", session, due_at: row.due_at });
  }
  return recheckActivity(work, job, row, session, decision.threshold, turn);
}

/**
 * Decides again about a session that goes with another: it, and each one between, must still come from the next
 * and name nobody, and the last must still be due. What cannot be told keeps it.
 */
async function recheckFollower(
  work: Work,
  job: SweepJob,
  row: PlanRow,
  session: Session,
  { line, left_as: left }: FollowerNotes,
  turn: Turn,
): Promise<Result<Checked, Fault>> {
  if (left !== null) {
    return ok({ fate: left });
  }
  const rule = ruleNow(job, work.runtime.now());
  const above: Session[] = [];
  let below = session;
  for (const next of line) {
    if (!mayFollow(rule, below) || !isSame(below.parent, next)) {
      return ok({ fate: "renewed" });
    }
    if (work.restraints.heldBy(below) !== null) {
      return ok({ fate: "held" });
    }
    const read = await work.source.read(next, turn);
    if (!read.ok) {
      return read.error.kind === "unreadable" ? ok({ fate: "unreachable" }) : read;
    }
    if (read.value === null) {
      return ok({ fate: "renewed" });
    }
    below = read.value;
    above.push(below);
  }
  const decision = decide(work, job, row, below);
  if (decision.kind === "renewed" || decision.kind === "shared") {
    return ok({ fate: decision.kind });
  }
  if (work.restraints.heldBy(below) !== null) {
    return ok({ fate: "held" });
  }
  if (decision.kind === "remove") {
    return ok({ fate: "remove", session, due_at: row.due_at, line: above });
  }
  const idle = await recheckActivity(work, job, row, below, decision.threshold, turn);
  if (!idle.ok || idle.value.fate !== "remove") {
    // Where the one that was due is gone, this one is not.
    return idle.ok && idle.value.fate === "absent" ? ok({ fate: "renewed" }) : idle;
  }
  return ok({ ...idle.value, session, line: above });
}

function isSame(one: SessionRef | null, { scope, id }: SessionRef): boolean {
  return one !== null && one.scope === scope && one.id === id;
}

/** Whether a hold binds a session that has just been read, or one that it goes with. */
export function isHeldNow(work: Work, { session, line = [] }: Removable): boolean {
  return [session, ...line].some((one) => work.restraints.heldBy(one) !== null);
}

function decide(work: Work, job: Job, row: PlanRow, session: Session): Recheck {
  return job.kind === "sweep"
    ? recheckDue(ruleNow(job, work.runtime.now()), session)
    : recheckSubject(job.order.identifiers, session, row.clause === AS_CHILD);
}

async function recheckActivity(
  work: Work,
  job: Job,
  row: PlanRow,
  session: Session,
  threshold: Threshold,
  turn: Turn,
): Promise<Result<Checked, Fault>> {
  let { cursor } = row;
  for (let page = 0; page < MOST_PAGES; page++) {
    const activity = await readActivity(work, session, threshold.at, cursor, turn);
    if (!activity.ok) {
      keepPlace(work, job, row, activity.error.kind === "invalid" ? null : cursor);
      return activity;
    }
    switch (activity.value.kind) {
      case "active":
        work.activity.remember(session, activity.value.at, selectionOf(job));
        return ok({ fate: "renewed" });
      case "unreadable":
        // What was seen idle before it became so is no reason to plan it again.
        work.activity.forget(session);
        return ok({ fate: "renewed" });
      case "absent":
        return ok({ fate: "absent" });
      case "more":
        cursor = activity.value.cursor;
        break;
      case "idle": {
        keepPlace(work, job, row, null);
        const at = activity.value.last_active_at ?? session.clocks.last_active_at ?? null;
        const clocks = { ...session.clocks, last_active_at: at };
        const { kind } = decide(work, job, row, { ...session, clocks, activity_read: true });
        return ok(
          kind === "remove"
            ? { fate: "remove", session, due_at: dueSince(work, job, row, at, threshold) }
            : { fate: "renewed" },
        );
      }
    }
  }
  keepPlace(work, job, row, cursor);
  const detail = "a long activity is read in parts, so that others have their turn";
  return err({ kind: "exhausted", until: work.runtime.now(), detail });
}

/** Since when it is due, as it was read now: one that was seen idle before may have been active in between. */
function dueSince(
  work: Work,
  job: Job,
  row: PlanRow,
  at: number | null,
  threshold: Threshold,
): number {
  const dueAt = at === null ? row.due_at : Math.max(row.due_at, after(at, threshold.after));
  if (dueAt !== row.due_at) {
    work.plan.weigh(job.no, row.seq, { state: row.state, due_at: dueAt });
  }
  return dueAt;
}

/** A walk that the slice cut off goes on in the next one: new events come last. */
function keepPlace(work: Work, job: Job, row: PlanRow, cursor: string | null): void {
  if (cursor === row.cursor) {
    return;
  }
  work.plan.weigh(job.no, row.seq, { state: row.state, cursor });
  if (cursor !== null) {
    progressed(job);
  }
}

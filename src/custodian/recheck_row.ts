import { recheckDue, recheckSubject, type Recheck } from "../core/recheck.ts";
import { ok, type Result } from "../core/result.ts";
import type { Session } from "../core/session.ts";
import type { Fault } from "../sources/fault.ts";
import type { Turn } from "../sources/source.ts";
import { selectionOf, type Job } from "./jobs.ts";
import { AS_CHILD, type PlanRow } from "./plan.ts";
import { ruleOf } from "./select.ts";
import { progressed, type Work } from "./work.ts";

/** What is left to do about a planned session, now that it has been read again. */
export type Fate = "remove" | "renewed" | "shared" | "absent";

/** Reads a planned session, with its activity where the source tells it apart, and decides again. */
export async function recheckRow(
  work: Work,
  job: Job,
  row: PlanRow,
  turn: Turn,
): Promise<Result<{ readonly fate: Fate; readonly version: number }, Fault>> {
  const read = await work.source.read(row, turn);
  if (!read.ok) {
    return read;
  }
  const session = read.value;
  if (session === null) {
    return ok({ fate: "absent", version: row.version });
  }
  const decision = decide(job, row, session);
  if (decision.kind !== "unread") {
    return ok({ fate: decision.kind, version: session.version });
  }
  return recheckActivity(work, job, row, session, decision.threshold.at, turn);
}

function decide(job: Job, row: PlanRow, session: Session): Recheck {
  return job.order.kind === "sweep"
    ? recheckDue(ruleOf(job.order, job.progress.cutoff), session)
    : recheckSubject(job.order.identifiers, session, row.clause === AS_CHILD);
}

async function recheckActivity(
  work: Work,
  job: Job,
  row: PlanRow,
  session: Session,
  since: number,
  turn: Turn,
): Promise<Result<{ readonly fate: Fate; readonly version: number }, Fault>> {
  if (work.source.readActivity === undefined) {
    throw new Error("a session waits for an activity that its source does not tell");
  }
  let { cursor } = row;
  for (;;) {
    const activity = await work.source.readActivity(row, since, cursor, turn);
    if (!activity.ok) {
      keepPlace(work, job, row, activity.error.kind === "invalid" ? null : cursor);
      return activity;
    }
    switch (activity.value.kind) {
      case "active":
        work.activity.remember(row, activity.value.at, selectionOf(job));
        return ok({ fate: "renewed", version: session.version });
      case "absent":
        return ok({ fate: "absent", version: session.version });
      case "more":
        cursor = activity.value.cursor;
        break;
      case "idle": {
        keepPlace(work, job, row, null);
        const at = activity.value.last_active_at ?? session.clocks.last_active_at ?? null;
        const clocks = { ...session.clocks, last_active_at: at };
        const { kind } = decide(job, row, { ...session, clocks, activity_read: true });
        return ok({ fate: kind === "remove" ? "remove" : "renewed", version: session.version });
      }
    }
  }
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

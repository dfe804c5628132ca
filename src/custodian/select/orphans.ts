import type { Rule } from "../../core/rule/due.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session } from "../../core/session/session.ts";
import { namesSomebody } from "../../core/session/subject.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Turn } from "../../sources/source.ts";
import { count, note, type SweepJob } from "../tables/jobs.ts";
import { ofChildrenBy, readLine } from "../job/removed_parents.ts";
import type { Work } from "../job/work.ts";

// Sessions of which nobody can say whose they are: made by another one, naming nobody, and their line ends in
// one that was gone before it was ever seen. Which they are is known when everything has been listed.

/** Rows of the plan of one step: a few milliseconds. */
const ROWS = 2000;

/** A listed session as a rule about orphans may have to see it: what is known after the list is taken out. */
export function asPerhapsOrphan(rule: Rule, session: Session): Session {
  return rule.orphan ? { ...session, orphan: isMadeByAnother(session) } : session;
}

/** A session as a rule about orphans sees it, by reading up its line. */
export async function asOrphan(
  work: Work,
  rule: Rule,
  session: Session,
  turn: Turn,
): Promise<Result<Session, Fault>> {
  if (!rule.orphan || !isMadeByAnother(session)) {
    return ok(session);
  }
  const line = await readLine(work, session, turn);
  if (!line.ok) {
    return line;
  }
  // What is there, and cannot be read or is too far up, may name somebody.
  const last = line.value.ancestors.at(-1);
  const isGone = last !== undefined && last.found === null && !last.unreadable;
  return ok({ ...session, orphan: isGone && ofChildrenBy(work, line.value) === null });
}

/** Takes a page of what somebody can be told to own out of a plan of orphans; false when it was the last. */
export function leaveAttributed(
  { plan_order: order }: Pick<Work, "plan_order">,
  job: SweepJob,
): boolean {
  const { lineage, reading, pending } = job.progress.select;
  const { last, due, unread } = order.takeOut(job.no, "known", lineage.seq, ROWS);
  count(job, { due: -due });
  note(job, "select", {
    pending: pending - due,
    reading: { ...reading, rows: reading.rows - unread },
    lineage: { ...lineage, seq: last ?? lineage.seq },
  });
  return last !== null;
}

/** Whether a session names nobody, and another one has made it. */
export function isMadeByAnother(session: Session): boolean {
  return session.parent !== null && !namesSomebody(session);
}

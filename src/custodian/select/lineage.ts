import { lineageOf, matchLineage, type Lineage } from "../../core/session/lineage.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { ListPage, Query, Sink } from "../../sources/source.ts";
import { placeOf, START_LINEAGE, type Descendant } from "../tables/family/family.ts";
import { note, type ErasureJob, type Job } from "../tables/jobs.ts";
import { leaveAttributed } from "./orphans.ts";
import { addChildren } from "../job/add_to_plan.ts";
import { isAboutOrphans } from "../job/matched.ts";
import { AS_CHILD, type Candidate } from "../tables/plan/plan.ts";
import { childOf } from "./children.ts";
import { isAsked } from "./erasure.ts";
import { AGENTS_PER_STEP, whoShares } from "../job/shared_children.ts";
import type { Work } from "../job/work.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, type StepResult } from "../job/result.ts";

/** Descendants of one step: a few milliseconds. */
const PAGE = 200;

/** Begins to keep whose a source's nameless sessions are, with a list that begins now. */
export function openLineage(work: Work, job: Job): void {
  note(job, "select", {
    unattributable: 0,
    lineage: { ...START_LINEAGE, from: work.runtime.now(), complete: true },
  });
}

/** Keeps in mind, beside what else is done with it, every session of a list of everything. */
export function seeFamily(work: Work, job: Job, query: Query, collect: Sink): Sink {
  if (!work.source.capabilities.has_children || query.kind !== "all") {
    return collect;
  }
  return (sessions) => {
    work.family.see(job.no, sessions, (person) => work.lineage.hashed(person));
    collect(sessions);
  };
}

/** Notes scopes and rows that a page of the list could not tell of: then nobody knows what is gone. */
export function noteUnsearched(work: Work, job: Job, page: ListPage): void {
  const { unsearched = [], unreadable, unreadable_family: family = [] } = page;
  if (family.length > 0) {
    work.family.seeUnreadable(job.no, family);
  }
  const { lineage } = job.progress.select;
  const isWhole = unsearched.length === 0 && (unreadable?.count ?? 0) === 0;
  const complete = lineage.complete && isWhole;
  note(job, "select", { lineage: { ...lineage, complete } });
}

/**
 * After a list of everything: keeps whose each session is that names nobody, and forgets those that are gone.
 * An erasure takes in those whose parent is gone, and counts those of which nobody knows whose they are.
 * Null when it is done.
 */
export async function bindLineage(work: Work, job: Job): Promise<StepResult | null> {
  const { lineage } = job.progress.select;
  if (!work.source.capabilities.has_children) {
    return null;
  }
  switch (lineage.part) {
    case "bind":
      return bindPage(work, job);
    case "match":
      if (job.kind !== "sweep" || !leaveAttributed(work, job)) {
        note(job, "select", { lineage: { ...job.progress.select.lineage, part: "forget" } });
      }
      return AGAIN;
    case "forget":
      if (!mayForget(job) || !work.lineage.forgetUnseen(lineage.from)) {
        note(job, "select", { lineage: { ...lineage, part: "done" } });
      }
      return AGAIN;
    case "done":
      return null;
  }
}

/** An empty list may be another account's, or a fault's: it says of nothing that it is gone. */
function mayForget(job: Job): boolean {
  const { phase, counts, select } = job.progress;
  const isAgain = job.kind === "erasure" && phase === "verifying";
  const seen = isAgain ? job.progress.verify.seen_again : counts.examined;
  return select.lineage.complete && seen > 0;
}

async function bindPage(work: Work, job: Job): Promise<StepResult> {
  const { lineage } = job.progress.select;
  const page = work.family.descendants(job.no, lineage.after, PAGE);
  if (page === null) {
    const part = isAboutOrphans(job) ? "match" : "forget";
    note(job, "select", { lineage: { ...lineage, part } });
    return AGAIN;
  }
  const all = page.found.map(upToUnknown).map((descendant) => {
    const of = boundTo(work, job, descendant);
    const isTheirs = job.kind === "erasure" && of !== null && isOrphan(work, job, descendant, of);
    const kind = isTheirs ? kindOf(work, job, of) : "none";
    return { descendant, lineage: of, kind, agents: kind === "none" ? [] : (of?.agents ?? []) };
  });
  const bound = ofFewAgents(all);
  const theirs = bound.filter(({ kind }) => kind !== "none");
  const agents = theirs.flatMap((one) => one.agents.map((scope) => ({ parent_scope: scope })));
  const sharing = await whoShares(work, agents);
  if (!sharing.ok) {
    return onFault(work, job, sharing.error);
  }
  const candidates = theirs.map((one): Candidate => ({
    scope: one.descendant.scope,
    id: one.descendant.id,
    version: one.descendant.version,
    clause: AS_CHILD,
    due_at: 1,
    why: childOf(one.descendant.ancestors[0] ?? null),
    disposition:
      one.kind === "shared" || one.agents.some((scope) => sharing.value.has(scope))
        ? "shared"
        : null,
  }));
  const { unattributable } = job.progress.select;
  const last = bound.length === all.length ? undefined : bound.at(-1);
  const unknown = bound.filter(
    ({ descendant, lineage: of }) => of === null && isNobodys(work, job, descendant),
  );
  work.commit(job, () => {
    for (const { descendant, lineage: of } of bound) {
      if (of !== null) {
        work.lineage.keep(descendant, of, lineage.from);
      }
    }
    if (isAboutOrphans(job)) {
      const known = bound.filter((one) => one.lineage !== null || mayBeKnown(one.descendant));
      work.family.mark(
        job.no,
        "known",
        known.map((one) => one.descendant),
      );
    }
    addChildren(work, job, candidates);
    note(job, "select", {
      unattributable: unattributable + unknown.length,
      lineage: { ...lineage, after: last === undefined ? page.last : placeOf(last.descendant) },
    });
  });
  return AGAIN;
}

/** The first of a page, up to where few agents have to be asked about; the next step takes the others. */
function ofFewAgents<T extends { readonly agents: readonly string[] }>(page: readonly T[]): T[] {
  const asked = new Set<string>();
  const end = page.findIndex(({ agents }, index) => {
    for (const agent of agents) {
      asked.add(agent);
    }
    return index > 0 && asked.size > AGENTS_PER_STEP;
  });
  return page.slice(0, end < 0 ? page.length : end);
}

/** One whose line is known up to the first ancestor that is gone, or cannot be read: that one may name somebody. */
function upToUnknown(descendant: Descendant): Descendant {
  const unknown = descendant.ancestors.findIndex(({ found }) => found === null);
  const ancestors = unknown < 0 ? descendant.ancestors : descendant.ancestors.slice(0, unknown + 1);
  return { ...descendant, ancestors };
}

/** Whether its line ends in one that is there: whoever can read that can say whose this is. */
function mayBeKnown({ ancestors }: Descendant): boolean {
  const last = ancestors.at(-1);
  return last !== undefined && (last.unreadable || last.found !== null);
}

/** Whose a descendant is, by its ancestors, and by what was known of those that are gone. */
function boundTo(work: Work, job: Job, descendant: Descendant): Lineage | null {
  const { ancestors } = descendant;
  const last = ancestors.at(-1);
  const top = ancestors.at(-2) ?? descendant;
  const kept =
    last === undefined || last.found !== null
      ? null
      : (work.lineage.find(top) ??
        work.lineage.findOfChildren(last) ??
        erasedHere(work, job, last));
  return lineageOf(ancestors, kept) ?? work.lineage.find(descendant);
}

/** What this erasure has removed was the person's, and so is what that made meanwhile. */
function erasedHere(work: Work, { no, order }: Job, parent: SessionRef): Lineage | null {
  if (order.kind !== "erasure" || work.lookup.find(no, parent.scope, parent.id) === null) {
    return null;
  }
  const person = work.lineage
    .hashedIdentifiers(order.identifiers)
    .map(({ type, value }) => ({ type, values: [value] }));
  return { person, agents: [parent.scope] };
}

/** Whether it is an erasure's own affair that a session's parent is gone. */
function isOrphan(
  work: Work,
  { no, order }: ErasureJob,
  { scope, id, unreadable, ancestors }: Descendant,
  { agents }: Lineage,
): boolean {
  const [parent] = ancestors;
  return (
    !unreadable &&
    parent !== undefined &&
    parent.found === null &&
    [scope, ...agents].every((one) => isAsked(order, one)) &&
    // What was planned with its parent, or for itself, is there already.
    [parent, { scope, id }].every((one) => work.lookup.find(no, one.scope, one.id) === null)
  );
}

function kindOf(work: Work, { order }: ErasureJob, lineage: Lineage): string {
  return matchLineage(work.lineage.hashedIdentifiers(order.identifiers), lineage);
}

/**
 * Whether nobody can say whose a session is, and it does not go with, or as, one that was found. A sweep counts
 * those that its policy selects.
 */
function isNobodys(work: Work, job: Job, descendant: Descendant): boolean {
  if (descendant.unreadable) {
    // Counted as that.
    return false;
  }
  if (job.kind === "sweep") {
    return isAboutOrphans(job) && descendant.selected && !mayBeKnown(descendant);
  }
  return (
    isAsked(job.order, descendant.scope) &&
    [descendant, ...descendant.ancestors].every(
      ({ scope, id }) => work.lookup.find(job.no, scope, id) === null,
    )
  );
}

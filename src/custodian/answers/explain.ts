import { idleSince } from "../../core/rule/difference.ts";
import { freeze, judge, mayFollow, type Rule } from "../../core/rule/due.ts";
import { explain, type Explained, type Stop } from "../../core/rule/explain.ts";
import type { Floors } from "../../core/policy/floors.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { namesSomebody } from "../../core/session/subject.ts";
import type { Fault } from "../../sources/fault.ts";
import type {
  ExplainAnswer,
  ExplainRequest,
  PlannedIn,
  SessionView,
  Untold,
} from "../../contract/custodian.ts";
import { placeAmongNewest } from "./newest_of_person.ts";
import { isPlanned } from "../record/status.ts";
import { asOrphan } from "../select/orphans.ts";
import { whoShares } from "../job/shared_children.ts";
import type { Work } from "../job/work.ts";
import type { PlanRow } from "../tables/plan/row.ts";

/** Pages of an activity that are read for one answer. */
const MOST_PAGES = 20;

/** Rows of a plan that are looked through in one statement: a millisecond. */
const ROWS = 5000;

type Activity = SessionView["activity"];

/** Tells what every version says of one session as it is now, where it is planned, and how it went. */
export async function explainSession(
  work: Work | null,
  floors: Floors,
  request: ExplainRequest,
): Promise<ExplainAnswer> {
  if (work === null) {
    return { kind: "unavailable", detail: "the source is not configured" };
  }
  try {
    return await explainWith(work, floors, request);
  } finally {
    work.meter.save();
  }
}

async function explainWith(
  work: Work,
  floors: Floors,
  { ref, policies }: ExplainRequest,
): Promise<ExplainAnswer> {
  const now = work.runtime.now();
  const rules = policies.map(({ id, policy }) => ({
    id,
    rule: freeze(policy, now, floors.min_age),
  }));
  const read = await readSession(
    work,
    ref,
    rules.map(({ rule }) => rule),
  );
  if (!read.ok) {
    return unread(read.error);
  }
  const { session, activity } = read.value;
  const verdicts: (Explained & { id: string })[] = [];
  for (const { id, rule } of rules) {
    if (session !== null) {
      const seen = rule.orphan
        ? await work.meter.ask(async (turn) => asOrphan(work, rule, session, turn), { again: true })
        : ok(session);
      if (!seen.ok) {
        return unread(seen.error);
      }
      verdicts.push({ id, ...(await explainOne(work, rule, seen.value)) });
    }
  }
  return {
    kind: "explained",
    session: session === null ? null : { clocks: session.clocks, busy: session.busy, activity },
    policies: verdicts,
    planned: await plannedIn(work, ref),
    removed: work.removals.find(ref),
    hold: session === null ? null : (work.restraints.heldBy(session)?.id ?? null),
  };
}

/** What is told where a source does not answer. */
export function unread({ kind, detail }: Fault): Untold {
  return kind === "unmigrated" ? { kind: "migrations_missing" } : { kind: "unavailable", detail };
}

/** Reads a session, and its activity where a version asks for it and the session does not tell it. */
async function readSession(
  work: Work,
  ref: SessionRef,
  rules: readonly Rule[],
): Promise<Result<{ session: Session | null; activity: Activity }, Fault>> {
  // Asked about over and over, one session that always fails says little of its source.
  const turn = await work.meter.reserve(null, { again: true });
  if (!turn.ok) {
    return turn;
  }
  const read = await work.source.read(ref, turn.value);
  if (!read.ok) {
    return read;
  }
  const session = read.value;
  const asking = rules.filter((rule) => session !== null && waitsForActivity(rule, session));
  if (session === null || asking.length === 0 || work.source.readActivity === undefined) {
    const activity = session?.activity_read === false ? "at_least" : "read";
    return ok({ session, activity });
  }
  const since = Math.max(...asking.map(idleSince));
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const seen = await work.source.readActivity(ref, since, cursor, turn.value);
    if (!seen.ok) {
      return ok({ session, activity: "unread" });
    }
    switch (seen.value.kind) {
      case "absent":
        return ok({ session: null, activity: "read" });
      case "unreadable":
        return ok({ session, activity: "unread" });
      case "more":
        cursor = seen.value.cursor;
        break;
      case "active":
        return ok({ session: lastActive(session, seen.value.at), activity: "at_least" });
      case "idle": {
        const at = seen.value.last_active_at ?? session.clocks.last_active_at ?? null;
        return ok({ session: lastActive(session, at), activity: "read" });
      }
    }
  }
  return ok({ session, activity: "unread" });
}

function waitsForActivity(rule: Rule, session: Session): boolean {
  return judge({ ...rule, youngest: null }, { ...session, busy: false }).kind === "unread";
}

function lastActive(session: Session, at: number | null): Session {
  return { ...session, clocks: { ...session.clocks, last_active_at: at }, activity_read: true };
}

async function explainOne(work: Work, rule: Rule, session: Session): Promise<Explained> {
  const explained = explain(await ruleBelow(work, rule, session.parent), session);
  if (explained.verdict === "not_matched") {
    return explained;
  }
  const stops: Stop[] = [...explained.stops];
  if (rule.latest !== null && explained.verdict !== "undated") {
    const place = await placeAmongNewest(work, rule, rule.latest, session);
    stops.push(...(place === "kept" ? ["latest" as const] : []));
    stops.push(...(place === "unknown" ? ["latest_unknown" as const] : []));
  }
  if (work.restraints.heldBy(session) !== null) {
    stops.push("hold");
  }
  if (explained.verdict === "due" && (await waitsForMade(work, rule, session))) {
    stops.push("has_children");
  }
  const stop = work.restraints.stop();
  if (stop !== null) {
    stops.push(stop.kind === "paused" ? "paused" : "restraints_unconfirmed");
  }
  if (work.resting.at(work.runtime.now())(session)) {
    stops.push("resting");
  }
  return { ...explained, stops };
}

/**
 * Whether a session waits for one that it has made, and that names nobody: as the index of its source tells, or
 * where it has none, what a sweep under way has listed. A fault tells of none.
 */
async function waitsForMade(work: Work, rule: Rule, session: Session): Promise<boolean> {
  if (!work.source.capabilities.has_children) {
    return false;
  }
  if (work.source.children === undefined) {
    return work.jobs.all().some(({ no }) => work.family.hasNamelessChild(no, session));
  }
  // Page by page, generation by generation: beyond so many pages nobody looks.
  const parents: SessionRef[] = [session];
  let after: SessionRef | null = null;
  for (let page = 0; page < MOST_PAGES && parents[0] !== undefined; page++) {
    const turn = await work.meter.reserve(null, { again: true });
    const made: Awaited<ReturnType<typeof work.source.children>> | typeof turn = turn.ok
      ? await work.source.children(parents[0], after, turn.value)
      : turn;
    if (!made.ok) {
      return false;
    }
    const nameless = made.value.filter((one) => !namesSomebody(one));
    const below = nameless.length === 0 ? rule : await ruleBelow(work, rule, parents[0]);
    if (nameless.some((one) => !goesWith(below, one))) {
      return true;
    }
    parents.push(...nameless);
    after = made.value.at(-1) ?? null;
    if (after === null) {
      parents.shift();
    }
  }
  return false;
}

/** A rule as it is about what a session has made: where several people may be served by that, it goes with none. */
async function ruleBelow(work: Work, rule: Rule, maker: SessionRef | null): Promise<Rule> {
  if (!rule.together || maker === null) {
    return rule;
  }
  const sharing = await whoShares(work, [{ parent_scope: maker.scope }]);
  return { ...rule, together: sharing.ok && sharing.value.size === 0 };
}

/** Whether what a session has made does not keep it: it goes, as due or with it, in the same sweep. */
function goesWith(rule: Rule, made: Session): boolean {
  return judge(rule, made).kind === "due" || mayFollow(rule, made);
}

/** The rows of all closed plans that have a session. */
async function plannedIn(work: Work, ref: SessionRef): Promise<PlannedIn[]> {
  const found: PlannedIn[] = [];
  for (const job of work.jobs.all()) {
    const { no, id, kind } = job;
    if (!isPlanned(job.progress)) {
      continue;
    }
    const row =
      kind === "sweep" ? await findInSweep(work, no, ref) : work.lookup.find(no, ref.scope, ref.id);
    if (row !== null) {
      found.push({
        job: id,
        kind,
        policy: job.kind === "sweep" ? job.order.policy_id : null,
        preview: job.order.preview === true,
        disposition: row.disposition,
        at: row.settled_at,
      });
    }
  }
  return found;
}

async function findInSweep(work: Work, no: number, ref: SessionRef): Promise<PlanRow | null> {
  const last = work.plan.lastSeq(no);
  let row: PlanRow | null = null;
  for (let after = 0; after < last && row === null; after += ROWS) {
    row = work.lookup.findAmong(no, ref, after, ROWS);
    // Others are served in between.
    await work.runtime.sleep(0);
  }
  return row;
}

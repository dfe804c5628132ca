import { ok, type Result } from "../../core/values/result.ts";
import type { FindAnswer, FindRequest, FoundRemoval } from "../../contract/custodian.ts";
import type { Fault } from "../../sources/fault.ts";
import type { FoundScopes } from "../../sources/source.ts";
import { isPlanned } from "../record/status.ts";
import type { Work } from "../job/work.ts";
import { unread } from "./explain.ts";

/** Scopes that are read one by one where a source finds nothing by its id alone. */
const MOST_READS = 5;

/** Rows of a plan that are looked through in one statement: a millisecond. */
const ROWS = 5000;

/** Tells in which scopes a session of an id is, or was: by one call of its source, and by what is kept here. */
export async function findSession(work: Work | null, request: FindRequest): Promise<FindAnswer> {
  if (work === null) {
    return { kind: "unavailable", detail: "the source is not configured" };
  }
  try {
    const live = await findLive(work, request);
    return live.ok
      ? {
          kind: "searched",
          live: live.value.scopes,
          is_whole: live.value.is_whole,
          planned: await findPlanned(work, request),
          removed: findRemoved(work, request),
        }
      : unread(live.error);
  } finally {
    work.meter.save();
  }
}

async function findLive(
  work: Work,
  { id, scopes }: FindRequest,
): Promise<Result<FoundScopes, Fault>> {
  const { find } = work.source;
  if (find !== undefined) {
    return work.meter.ask(async (turn) => find(id, scopes, turn), { again: true });
  }
  const found: string[] = [];
  for (const scope of (scopes ?? []).slice(0, MOST_READS)) {
    const read = await work.meter.ask(async (turn) => work.source.read({ scope, id }, turn), {
      again: true,
    });
    if (!read.ok && read.error.kind !== "unreadable") {
      return read;
    }
    found.push(...(read.ok && read.value === null ? [] : [scope]));
  }
  return ok({ scopes: found, is_whole: scopes !== null && scopes.length <= MOST_READS });
}

async function findPlanned(work: Work, { id, scopes }: FindRequest): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { no, progress } of work.jobs.all()) {
    const last = isPlanned(progress) ? work.plan.lastSeq(no) : 0;
    for (let after = 0; after < last; after += ROWS) {
      for (const scope of work.lookup.scopesAmong(no, id, after, ROWS)) {
        found.add(scope);
      }
      // Others are served in between.
      await work.runtime.sleep(0);
    }
  }
  return [...found].filter((scope) => scopes === null || scopes.includes(scope));
}

/** A hash does not tell the scope: it is known only of those that were asked for. */
function findRemoved({ removals }: Work, { id, scopes }: FindRequest): FoundRemoval | null {
  if (scopes === null) {
    const removed = removals.findId(id);
    return removed === null ? null : { ...removed, scope: null };
  }
  return scopes
    .flatMap((scope): FoundRemoval[] => {
      const removed = removals.find({ scope, id });
      return removed === null ? [] : [{ ...removed, scope }];
    })
    .reduce<FoundRemoval | null>(
      (newest, one) => (newest === null || one.at > newest.at ? one : newest),
      null,
    );
}

import { likelySpellings } from "../../core/session/near_miss.ts";
import type { Identifier } from "../../core/session/subject.ts";
import type { Query } from "../../sources/source.ts";
import { ruleOf } from "../job/rule.ts";
import type { Work } from "../job/work.ts";
import type { ErasureJob, Job } from "../tables/jobs.ts";
import { rulesOf } from "./difference.ts";
import { staysBehind } from "./sweep.ts";

type Asking = Pick<Work, "source" | "restraints" | "resting" | "runtime">;

/** What to ask for. Whatever comes back is matched again, row by row. */
export function queryOf(work: Asking, job: Job): Query {
  const { capabilities } = work.source;
  if (job.kind === "erasure") {
    return erasureQuery(work, job);
  }
  const rules = rulesOf(job);
  return capabilities.selective &&
    rules.every(
      ({ latest, metadata, orphan, together }) =>
        latest === null && metadata === null && !orphan && !together,
    )
    ? {
        kind: "due",
        thresholds: rules.flatMap(({ thresholds }) => thresholds),
        whole: work.restraints.needsContentSince(0),
        ...(capabilities.has_children ? { stays: staysBehind(work, ruleOf(job)) } : {}),
      }
    : { kind: "all" };
}

/** Children name nobody, so a source that has them is read whole; so is one that must be counted. */
function erasureQuery(work: Asking, { order, progress }: ErasureJob): Query {
  return progress.select.whole || work.source.capabilities.has_children
    ? { kind: "all" }
    : { kind: "person", identifiers: lookedFor(work, order.identifiers) };
}

/** What is found under another spelling matches nobody: it is listed to be counted as a near miss. */
function lookedFor(work: Asking, identifiers: readonly Identifier[]): readonly Identifier[] {
  if (!work.source.capabilities.indexes_people) {
    return identifiers;
  }
  const alike = identifiers.flatMap(({ type, value }) =>
    likelySpellings(value).map((spelling) => ({ type, value: spelling })),
  );
  return [...identifiers, ...alike];
}

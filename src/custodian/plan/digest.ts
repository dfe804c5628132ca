import type { Work } from "../job/work.ts";
import { sha256 } from "../../core/values/hash.ts";
import { addOverdue } from "../../core/count/overdue.ts";
import { note, type Job } from "../tables/jobs.ts";
import { cutoffOf } from "../job/rule.ts";

/**
 * What a digest is of besides the rows: the version and the account. When it was judged is no part of it, so that
 * a preview, and the sweep after it that would remove the same for the same reasons, have one digest. So do a dry
 * run and the erasure after it; of whom they are is no part of it either.
 */
function digestSeed(job: Job): string {
  const of = job.kind === "sweep" ? job.order.policy_digest : job.kind;
  return `${of}\n${job.progress.fingerprint ?? ""}`;
}

const DIGEST_PAGE = 5000;

/** One page of the plan's digest: a chain over its rows, so that it can stop and go on. */
export function digestPage(work: Pick<Work, "plan">, job: Job): boolean {
  const { digest_seq: from, digest: chain } = job.progress.plan;
  const rows = work.plan.page(job.no, from, DIGEST_PAGE);
  const last = rows.at(-1);
  if (last === undefined && chain !== null) {
    return false;
  }
  const lines = rows.map(({ scope, id, version, clause, due_at: dueAt }) =>
    [scope, id, version, clause, dueAt].join("\n"),
  );
  note(job, "plan", {
    digest_seq: last?.seq ?? from,
    digest: sha256(`${chain ?? digestSeed(job)}\n${lines.join("\n")}`),
  });
  if (job.kind === "sweep") {
    // An erasure has no time since which its rows are overdue.
    const due = rows.map((row) => row.due_at);
    const { histogram } = job.progress.plan;
    note(job, "plan", { histogram: addOverdue(histogram, cutoffOf(job), due) });
  }
  return rows.length === DIGEST_PAGE;
}

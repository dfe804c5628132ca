import { isClosedScope, isOfOneSession } from "../../sources/fault.ts";
import type { BatchSource } from "../../sources/source.ts";
import { note, type Job, type SweepJob } from "../tables/jobs.ts";
import type { PlanRow } from "../tables/plan/row.ts";
import { budgetOf, type Work } from "../job/work.ts";
import { overRows } from "../job/side_by_side.ts";
import { onFault } from "../job/faults.ts";
import { AGAIN, endJob, progressed, type StepResult } from "../job/result.ts";

/** Seqs that one step looks through, and the most of them that it reads back. */
const SEQS = 5000;
const MOST = 2000;

/** Slices in a row in which a session could not be read back, before it is left out of the sample. */
const PATIENCE = 3;

/**
 * Reads back the share of removals that the policy asks for; what is seen again is counted. A page that
 * does not fit a slice is stored up to the first session that was not read.
 */
export async function verifySweep(work: Work, job: SweepJob): Promise<StepResult> {
  const { seq: after } = job.progress.verify;
  if (after >= work.plan.lastSeq(job.no)) {
    return endJob(job, "completed");
  }
  const { verify: percent } = job.order.policy;
  const sample = work.plan.sample(job.no, { after, seqs: SEQS, percent }, MOST);
  const last = sample.length === MOST ? sample.at(-1) : undefined;
  const seen = new Map<number, Seen>();
  const stop =
    work.source.removes === "by_call"
      ? await readEach(work, job, sample, seen)
      : await readTogether(work, work.source, job, sample, seen);
  const open = sample.find(({ seq }) => !seen.has(seq));
  const upTo = open === undefined ? (last?.seq ?? after + SEQS) : open.seq - 1;
  if (upTo > after) {
    progressed(job);
  }
  const counted = [...seen].filter(([seq]) => seq <= upTo).map(([, found]) => found);
  const { read, seen_again: again } = job.progress.verify;
  note(job, "verify", {
    seq: upTo,
    read: read + counted.filter((found) => found !== "unreadable").length,
    seen_again: again + counted.filter((found) => found === "there").length,
  });
  return stop ?? AGAIN;
}

type Seen = "gone" | "there" | "unreadable";

async function readEach(
  work: Work,
  job: Job,
  sample: readonly PlanRow[],
  seen: Map<number, Seen>,
): Promise<StepResult | null> {
  return overRows(work, job, sample, async (row) => {
    const session = await work.meter.ask(
      async (turn) => work.source.read(row, turn),
      { in_window: true },
      budgetOf(job),
    );
    if (session.ok) {
      seen.set(row.seq, session.value === null ? "gone" : "there");
      return null;
    }
    const { error } = session;
    if (error.kind === "unreadable") {
      seen.set(row.seq, "there");
      return null;
    }
    if (isClosedScope(error) || (isOfOneSession(error) && job.failed_attempts > PATIENCE)) {
      seen.set(row.seq, "unreadable");
      return null;
    }
    return onFault(work, job, error);
  });
}

async function readTogether(
  work: Work,
  source: BatchSource,
  job: Job,
  sample: readonly PlanRow[],
  seen: Map<number, Seen>,
): Promise<StepResult | null> {
  if (sample.length === 0) {
    return null;
  }
  const present = await work.meter.ask(async (turn) => source.present(sample, turn));
  if (!present.ok) {
    return onFault(work, job, present.error);
  }
  for (const [index, { seq }] of sample.entries()) {
    seen.set(seq, index < present.value ? "there" : "gone");
  }
  return null;
}

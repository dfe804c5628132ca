import { guardWords } from "../../../src/core/report/guard_words.ts";
import type { Command } from "commander";
import * as z from "zod";
import { Erasure, read, readJob, Sweep, type Job } from "../answers.ts";
import { AnswerRefusal, type ApiClient } from "../../start/client.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { count, counted, table, when, wrap } from "../layout.ts";
import type { Start } from "../action.ts";
import { countsLine, foundBy, overdueLine } from "../words.ts";

/** How many of the longest overdue sessions are shown. */
const SHOWN = 5;

export function addApprove(program: Command, start: Start): void {
  program
    .command("approve")
    .description("approve the plan of a sweep or of an erasure that waits: shows it, then asks")
    .argument("<id>", "the sweep or the erasure")
    .option("--yes", "do not ask")
    .action(start(approve));
}

async function approve(desk: Desk, id: string, { yes }: { yes?: boolean }): Promise<ExitCode> {
  const { api, output } = desk;
  const client = await api();
  const job = await readJob(client, id);
  const { status, plan_digest: digest } = job.report;
  if (job.report.waits_since === null || digest === null) {
    throw new Declined(`${id} does not wait for approval: it is ${status}`);
  }
  const oldest = job.kind === "sweep" ? await longestOverdue(client, id) : [];
  const n = job.kind === "sweep" ? job.report.counts.planned : foundBy(job.report);
  jobLines(job, desk).map(output.line);
  if (oldest.length > 0) {
    output.line("  the longest overdue:");
    const columns = [{ title: "session" }, { title: "scope" }, { title: "due since" }];
    const rows = oldest.map(({ scope, id: session, due_at: due }) => [
      session,
      scope,
      when(due, desk.world.now()),
    ]);
    table(columns, rows, output.width - 4).map((line) => output.line(`    ${line}`));
  }
  // An approved erasure removes what its read-backs find, too.
  const more = job.kind === "sweep" ? "" : ", and what a read-back still finds,";
  await desk.consent(`Remove ${counted(n, "session")}${more} at ${client.url}?`, yes);
  // The digest is of the plan that was shown: another plan is refused.
  const answer = await client.post(`${job.path}/approve`, { plan_digest: digest });
  output.record(answer);
  read(job.kind === "sweep" ? Sweep : Erasure, answer, job.kind);
  output.line(`approved ${id}: it goes on`);
  return 0;
}

function jobLines(job: Job, { output, world }: Desk): string[] {
  const { id, status, waits_since: since, error } = job.report;
  const guard = job.kind === "sweep" ? job.report.guard : null;
  const overdue = job.kind === "sweep" ? overdueLine(job.report) : null;
  const what = job.kind === "sweep" ? `${job.report.policy} (${job.report.mode})` : "an erasure";
  return [
    ...wrap(`${id}  ${what}`, output.width),
    ...wrap(`${status} since ${when(since, world.now())}`, output.width, "  "),
    ...(guard === null ? [] : wrap(guardWords(guard), output.width, "  ")),
    ...(error === null ? [] : wrap(error.message, output.width, "  ")),
    ...(job.kind === "sweep"
      ? wrap(countsLine(job.report), output.width, "  ")
      : Object.entries(job.report.sources).flatMap(([source, { found }]) =>
          wrap(`${source}: ${count(found)} found`, output.width, "  "),
        )),
    ...(overdue === null ? [] : wrap(overdue, output.width, "  ")),
  ];
}

const Page = z.looseObject({
  data: z.array(z.looseObject({ scope: z.string(), id: z.string(), due_at: z.string() })),
});

/** The first of the plan; none where the key may not see sessions. */
async function longestOverdue(
  client: ApiClient,
  id: string,
): Promise<z.output<typeof Page>["data"]> {
  try {
    const answer = await client.get(`/v1/sweeps/${id}/sessions?limit=${SHOWN}`);
    return read(Page, answer, "page of a plan").data;
  } catch (error) {
    if (error instanceof AnswerRefusal && [403, 409].includes(error.status)) {
      return [];
    }
    throw error;
  }
}

import { figure } from "../../../src/core/values/words.ts";
import type { Command } from "commander";
import {
  firstPlanned,
  pathOfJob,
  readJob,
  readJobAnswer,
  type Job,
  type Planned,
} from "../answers.ts";
import { unlessRefused, type ApiClient } from "../../start/client.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { counted, when } from "../layout.ts";
import type { Start } from "../action.ts";
import { errorLine, foundBy, planLines } from "../words.ts";

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

export function addCancel(program: Command, start: Start): void {
  program
    .command("cancel")
    .description("cancel a sweep or an erasure that has not ended; what is removed stays removed")
    .argument("<id>", "the sweep or the erasure")
    .action(start(cancel));
}

async function approve(desk: Desk, id: string, { yes }: { yes?: boolean }): Promise<ExitCode> {
  const { api, output } = desk;
  const client = await api();
  const job = await readJob(client, id);
  const { status, plan_digest: digest } = job.report;
  if (job.report.waits_since === null || digest === null) {
    throw new Declined(`${id} does not wait for approval: it is ${status}`);
  }
  const oldest = job.kind === "sweep" ? await longestOverdue(id, client) : [];
  const n = job.kind === "sweep" ? job.report.counts.planned : foundBy(job.report);
  showJob(job, desk);
  if (oldest.length > 0) {
    const now = desk.world.now();
    const rows = oldest.map((one) => [one.id, one.scope, when(one.due_at, now)]);
    output.line("  the longest overdue:");
    output.table(["session", "scope", "due since"], rows, "    ");
  }
  // An approved erasure removes what its read-backs find, too.
  const more = job.kind === "sweep" ? "" : ", and what a read-back still finds,";
  await desk.consent(`Remove ${counted(n, "session")}${more} at ${client.url}?`, yes);
  // The digest is of the plan that was shown: another plan is refused.
  const answer = await client.post(`${job.path}/approve`, { plan_digest: digest });
  output.record(answer);
  readJobAnswer(job.path, answer);
  output.line(`approved ${id}: it goes on`);
  return 0;
}

function showJob({ kind, report }: Job, { output, world }: Desk): void {
  const what = kind === "sweep" ? `${report.policy} (${report.mode})` : "an erasure";
  const details =
    kind === "sweep"
      ? planLines(report)
      : [
          errorLine(report.error),
          ...Object.entries(report.sources).map(
            ([source, { found }]) => `${source}: ${figure(found)} found`,
          ),
        ];
  output.say(`${report.id}  ${what}`);
  output.say(`${report.status} since ${when(report.waits_since, world.now())}`, "  ");
  details.map((text) => output.say(text, "  "));
}

/** None where the key may not see sessions. */
async function longestOverdue(id: string, client: ApiClient): Promise<readonly Planned[]> {
  return (await unlessRefused([403, 409], firstPlanned(client, id, SHOWN))) ?? [];
}

async function cancel({ api, output }: Desk, id: string): Promise<ExitCode> {
  const path = pathOfJob(id);
  const answer = await (await api()).post(`${path}/cancel`, {});
  output.record(answer);
  output.line(`cancelling ${id}: ${readJobAnswer(path, answer).report.status}`);
  return 0;
}

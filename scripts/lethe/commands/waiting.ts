import type { Command } from "commander";
import { Unreachable } from "../../start/client.ts";
import { Health, read, readJob, type Job } from "../answers.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { counted, when } from "../layout.ts";
import type { Start } from "../action.ts";
import { foundBy } from "../words.ts";

const WAITING: ReadonlySet<string> = new Set(["braked", "needs_approval"]);

export function addWaiting(program: Command, start: Start): void {
  program
    .command("waiting")
    .description("list the plans that wait for a person; exit code 1 if there is one")
    .action(start(waiting));
}

async function waiting({ api, output, world }: Desk): Promise<ExitCode> {
  const client = await api();
  const { attention, attention_more: more = {} } = read(
    Health,
    await client.get("/healthz"),
    "state",
  );
  if (attention === undefined) {
    throw new Declined(
      "this key is not told what waits: it is bound to workspaces, or Lethe does not know it",
    );
  }
  if (attention.some(({ code }) => code === "registrar_unreachable")) {
    throw new Unreachable("the Registrar did not answer: what waits is not known");
  }
  const jobs: Job[] = [];
  for (const { code, about } of attention) {
    if (WAITING.has(code) && about.id !== null) {
      const job = await readJob(client, about.id);
      output.record(job.report);
      jobs.push(job);
    }
  }
  if (jobs.length === 0) {
    output.line("nothing waits");
    return 0;
  }
  const rows = jobs.map(({ kind, report }) => [
    report.id,
    kind === "sweep" ? report.policy : (report.reference ?? "erasure"),
    report.status,
    kind === "sweep" ? report.counts.planned : foundBy(report),
    when(report.waits_since, world.now()),
  ]);
  output.table(["id", "what", "status", "planned", "waits since"], rows);
  for (const [code, n] of Object.entries(more).filter(([one]) => WAITING.has(one))) {
    output.line(`and ${counted(n, "more matter")}: ${code}`);
  }
  output.line(output.paint.dim("npx lethe approve ID, or npx lethe cancel ID"));
  return 1;
}

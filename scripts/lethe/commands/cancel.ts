import type { Command } from "commander";
import { pathOfJob, readJobAnswer } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import type { Start } from "../action.ts";

export function addCancel(program: Command, start: Start): void {
  program
    .command("cancel")
    .description("cancel a sweep or an erasure that has not ended; what is removed stays removed")
    .argument("<id>", "the sweep or the erasure")
    .action(start(cancel));
}

async function cancel({ api, output }: Desk, id: string): Promise<ExitCode> {
  const path = pathOfJob(id);
  const answer = await (await api()).post(`${path}/cancel`, {});
  output.record(answer);
  output.line(`cancelling ${id}: ${readJobAnswer(path, answer).report.status}`);
  return 0;
}

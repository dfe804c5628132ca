import { guardWords } from "../../../src/core/report/guard_words.ts";
import type { Command } from "commander";
import { read, Sweep } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { followSweep } from "../follow.ts";
import { lasting, wrap } from "../layout.ts";
import { pauseTeller } from "../paused.ts";
import { ofPolicy } from "../policy/named.ts";
import type { Start } from "../action.ts";
import { countsLine, endsLine, overdueLine } from "../words.ts";

/** How a sweep may end when all is well. */
const WELL: ReadonlySet<string> = new Set(["completed", "observed"]);

export function addSweep(program: Command, start: Start): void {
  program
    .command("sweep")
    .description("start a sweep of a policy now, or join the one that runs")
    .argument("<policy>", "the policy")
    .option("--watch", "wait until it has ended or waits for a person, and show how it goes")
    .action(start.inLines(run));
}

async function run(desk: Desk, policy: string, options: { watch?: boolean }): Promise<ExitCode> {
  const client = await desk.api();
  const started = await ofPolicy(client, policy, async () =>
    read(Sweep, await client.post("/v1/sweeps", { policy }), "sweep"),
  );
  if (options.watch !== true) {
    desk.output.record(started);
    desk.output.line(`${started.id}  ${started.policy} (${started.mode}): ${started.status}`);
    return 0;
  }
  desk.onStop(() => `${started.id} goes on; to go on watching: npx lethe sweep ${policy} --watch`);
  const ended = await followSweep(started, client.get, desk, pauseTeller(client, desk));
  sweepLines(ended, desk.output.width).map(desk.output.line);
  return WELL.has(ended.status) ? 0 : 1;
}

/** What a sweep came to. */
export function sweepLines(sweep: Sweep, width: number): string[] {
  const { id, policy, status, dispositions, created_at: from } = sweep;
  const ends = endsLine(dispositions);
  const took =
    sweep.finished_at === null
      ? ""
      : `  after ${lasting(Date.parse(sweep.finished_at) - Date.parse(from))}`;
  return [
    ...wrap(`${id}  ${policy}: ${status}${took}`, width),
    ...planLines(sweep, width),
    ...(ends === "" ? [] : wrap(ends, width, "  ")),
    ...(sweep.waits_since === null ? [] : [`  > npx lethe approve ${id}`]),
  ];
}

/** What a sweep found, and what stands against its plan. */
export function planLines(sweep: Sweep, width: number): string[] {
  const { guard, error } = sweep;
  const overdue = overdueLine(sweep);
  return [
    ...(guard === null ? [] : wrap(guardWords(guard), width, "  ")),
    ...(error === null ? [] : wrap(`${error.code}: ${error.message}`, width, "  ")),
    ...wrap(countsLine(sweep), width, "  "),
    ...(overdue === null ? [] : wrap(overdue, width, "  ")),
  ];
}

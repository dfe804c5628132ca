import type { Command } from "commander";
import { read, Sweep } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { followSweep } from "../follow.ts";
import { lasting } from "../layout.ts";
import { pauseTeller } from "../paused.ts";
import { ofPolicy } from "../policy/named.ts";
import type { Start } from "../action.ts";
import type { Output } from "../output.ts";
import { endsLine, planLines } from "../words.ts";

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
  showSweep(ended, desk.output);
  return WELL.has(ended.status) ? 0 : 1;
}

/** What a sweep came to. */
export function showSweep(sweep: Sweep, output: Output): void {
  const { id, policy, status, created_at: from, finished_at: to } = sweep;
  const took = to === null ? "" : `  after ${lasting(Date.parse(to) - Date.parse(from))}`;
  output.say(`${id}  ${policy}: ${status}${took}`);
  for (const text of [...planLines(sweep), endsLine(sweep.dispositions)]) {
    output.say(text, "  ");
  }
  if (sweep.waits_since !== null) {
    output.line(`  > npx lethe approve ${id}`);
  }
}

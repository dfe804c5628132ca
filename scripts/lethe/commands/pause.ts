import type { Command } from "commander";
import type * as z from "zod";
import { unlessRefused } from "../../start/client.ts";
import { read, Switch } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import type { Start } from "../action.ts";
import { timeOf } from "../times.ts";

export function addPause(program: Command, start: Start): void {
  program
    .command("pause")
    .description("pause every removal, of one source or of all")
    .argument("[source]", "the source; all without it")
    .requiredOption("--reason <text>", "why: it stands where the pause is shown")
    .option("--until <when>", "when it ends by itself: 2h, or a time")
    .action(start(pause));
}

export function addResume(program: Command, start: Start): void {
  program
    .command("resume")
    .description("end a pause, of one source or the one of all")
    .argument("[source]", "the source; the pause of all without it")
    .action(start(resume));
}

interface Pausing {
  readonly reason: string;
  readonly until?: string;
}

async function pause(
  desk: Desk,
  source: string | undefined,
  { reason, until }: Pausing,
): Promise<ExitCode> {
  const end = until === undefined ? {} : { until: timeOf(until, "--until", desk.world.now()) };
  return turn(desk, source, { paused: true, reason, ...end });
}

async function resume(desk: Desk, source: string | undefined): Promise<ExitCode> {
  return turn(desk, source, { paused: false });
}

async function turn(
  { api, output }: Desk,
  source: string | undefined,
  change: { readonly paused: boolean } & Partial<Pausing>,
): Promise<ExitCode> {
  const client = await api();
  const before = change.paused ? null : await unlessRefused([403], client.get("/v1/switch"));
  const isIdle = before !== null && pauseIn(read(Switch, before, "switch"), source) === null;
  const answer = await client.put("/v1/switch", { ...change, source });
  output.record(answer);
  const { still_paused: still } = read(Switch, answer, "switch");
  output.line(
    change.paused
      ? `paused: nothing is removed from ${source ?? "any source"}`
      : isIdle
        ? `nothing to resume: there was no pause of ${source ?? "all"}`
        : `resumed: ${source ?? "every source"}`,
  );
  if (!change.paused && still.length > 0) {
    output.line(`still paused: ${still.join(", ")}`);
  }
  return 0;
}

function pauseIn(
  { all, sources }: z.output<typeof Switch>,
  source: string | undefined,
): object | null {
  return source === undefined ? all : (sources[source] ?? null);
}

import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { read, Sweep } from "../answers.ts";
import { Refusal } from "../../start/arguments.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { count, table, when } from "../layout.ts";
import type { Start } from "../action.ts";
import { followSweep, sweepLines } from "./sweep.ts";

const Page = z.looseObject({
  data: z.array(
    z.looseObject({
      scope: z.string(),
      id: z.string(),
      clock: z.string(),
      due_at: z.string(),
    }),
  ),
});

export function addPreview(program: Command, start: Start): void {
  program
    .command("preview")
    .description("plan what a policy would remove, and remove nothing")
    .argument("<policy>", "the policy")
    .option("--file <file>", "try this version, which is stored nowhere, against the stored one")
    .option("--sessions <n>", "how many sessions of the plan to show, 100 at most", "10")
    .action(start.inLines(preview));
}

interface Options {
  readonly file?: string;
  readonly sessions: string;
}

async function preview(desk: Desk, policy: string, { file, sessions }: Options): Promise<ExitCode> {
  const { output, world } = desk;
  const shown = Number(sessions);
  if (!(Number.isInteger(shown) && shown >= 0 && shown <= 100)) {
    throw new Refusal("--sessions must be a whole number from 0 to 100");
  }
  const body = file === undefined ? {} : { policy: await readDocument(file), compare: "stored" };
  const client = await desk.api();
  const path = `/v1/policies/${encodeURIComponent(policy)}/preview`;
  const started = read(Sweep, await client.post(path, body), "preview");
  const hint = `the preview goes on and removes nothing: GET /v1/sweeps/${started.id}`;
  const ended = await followSweep(started, desk, client.get, hint);
  sweepLines(ended, output.width).map(output.line);
  if (ended.status !== "observed") {
    return 1;
  }
  if (ended.difference !== null) {
    const { added, removed } = ended.difference;
    output.line(`  newly ${count(added)}  no longer ${count(removed)}`);
  }
  if (shown > 0 && ended.counts.planned > 0) {
    const answer = await client.get(`/v1/sweeps/${ended.id}/sessions?limit=${shown}`);
    const { data } = read(Page, answer, "page of a plan");
    data.map((row) => output.record(row));
    const columns = ["scope", "id", "clock", "due since"].map((title) => ({ title }));
    const rows = data.map(({ scope, id, clock, due_at: due }) => [
      scope,
      id,
      clock,
      when(due, world.now()),
    ]);
    output.line("");
    table(columns, rows, output.width).map(output.line);
  }
  return 0;
}

async function readDocument(file: string): Promise<unknown> {
  try {
    const { $schema: _, ...document } = z
      .looseObject({})
      .parse(JSON.parse(await readFile(file, "utf8")));
    return document;
  } catch {
    throw new Refusal(
      `${file} cannot be read, or is no JSON object: lethe policy check tells more`,
    );
  }
}

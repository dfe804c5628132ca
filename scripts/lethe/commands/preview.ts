import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { read, Sweep } from "../answers.ts";
import { Refusal } from "../../start/arguments.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { followSweep } from "../follow.ts";
import { count, counted, table, when, wrap } from "../layout.ts";
import type { Start } from "../action.ts";
import { ofPolicy } from "../policy/named.ts";
import { planLines, sweepLines } from "./sweep.ts";

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
  const started = await ofPolicy(client, policy, async () =>
    read(Sweep, await client.post(path, body), "preview"),
  );
  desk.onStop(() => "the preview goes on, and removes nothing");
  const ended = await followSweep(started, client.get, desk, async () => {});
  if (ended.status !== "observed") {
    sweepLines(ended, output.width).map(output.line);
    return 1;
  }
  previewLines(ended, output.width).map(output.line);
  if (shown > 0 && ended.counts.planned > 0) {
    const answer = await client.get(`/v1/sweeps/${ended.id}/sessions?limit=${shown}`);
    const { data } = read(Page, answer, "page of a plan");
    data.map((row) => output.record(row));
    const columns = ["session", "scope", "clock", "due since"].map((title) => ({ title }));
    const rows = data.map(({ scope, id, clock, due_at: due }) => [
      id,
      scope,
      clock,
      when(due, world.now()),
    ]);
    output.line("");
    table(columns, rows, output.width).map(output.line);
  }
  return 0;
}

function previewLines(seen: Sweep, width: number): string[] {
  const { id, policy, counts, difference } = seen;
  const versions =
    difference === null
      ? []
      : [
          `${count(difference.added)} are due by this version alone`,
          `${count(difference.removed)} by the stored one alone`,
        ];
  return [
    ...wrap(`${id}  ${policy} would remove ${counted(counts.planned, "session")}`, width),
    ...planLines(seen, width),
    ...wrap(versions.join(", "), width, "  ").filter((line) => line.trim() !== ""),
    "  a preview: nothing is removed",
  ];
}

async function readDocument(file: string): Promise<unknown> {
  try {
    const { $schema: _, ...document } = z
      .looseObject({})
      .parse(JSON.parse(await readFile(file, "utf8")));
    return document;
  } catch {
    throw new Refusal(
      `${file} cannot be read, or is no JSON object: npx lethe policy check tells more`,
    );
  }
}

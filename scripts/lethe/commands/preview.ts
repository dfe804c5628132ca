import { figure } from "../../../src/core/values/words.ts";
import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { firstPlanned, read, Sweep } from "../answers.ts";
import { Refusal } from "../../start/arguments.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { followSweep } from "../follow.ts";
import { counted, when } from "../layout.ts";
import type { Start } from "../action.ts";
import { ofPolicy } from "../policy/named.ts";
import type { Output } from "../output.ts";
import { planLines } from "../words.ts";
import { showSweep } from "./sweep.ts";

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
    showSweep(ended, output);
    return 1;
  }
  showPreview(ended, output);
  if (shown > 0 && ended.counts.planned > 0) {
    const planned = await firstPlanned(client, ended.id, shown);
    planned.map(output.record);
    const now = world.now();
    const rows = planned.map((one) => [one.id, one.scope, one.clock, when(one.due_at, now)]);
    output.line("");
    output.table(["session", "scope", "clock", "due since"], rows);
  }
  return 0;
}

function showPreview(seen: Sweep, output: Output): void {
  const { id, policy, counts, difference } = seen;
  const versions =
    difference === null
      ? null
      : `${figure(difference.added)} are due by this version alone, ${figure(difference.removed)} by the stored one alone`;
  output.say(`${id}  ${policy} would remove ${counted(counts.planned, "session")}`);
  for (const text of [...planLines(seen), versions]) {
    output.say(text, "  ");
  }
  output.line("  a preview: nothing is removed");
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

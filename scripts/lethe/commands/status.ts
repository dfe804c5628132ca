import type { Command } from "commander";
import type { Attention } from "../../../src/core/report/attention.ts";
import { Health, read } from "../answers.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { counted, when } from "../layout.ts";
import type { Output } from "../output.ts";
import type { Start } from "../action.ts";

export function addStatus(program: Command, start: Start): void {
  program
    .command("status")
    .description("say whether anything needs a person, what, and how it is settled")
    .action(start(status));
}

async function status({ api, output, world }: Desk): Promise<ExitCode> {
  const { url, ...client } = await api();
  const answer = await client.get("/healthz");
  const health = read(Health, answer, "state");
  output.record(answer);
  const { attention = [], attention_more: more = {} } = health;
  if (health.attention === undefined) {
    if (!(await client.isKnown())) {
      throw new Declined(`${url} does not know this key: nothing is told to it`);
    }
    output.line(`${health.status}  ${url}`);
    output.say("This key is not told more: it is bound to workspaces.");
    return health.status === "ok" ? 0 : 1;
  }
  // The Registrar knows of ticks: where it does not answer, nobody does.
  const isKnown = attention.every(({ code }) => code !== "registrar_unreachable");
  const tick = isKnown ? when(health.last_tick ?? null, world.now()) : "not known";
  output.line(`${health.status}  ${url}`);
  output.line(output.paint.dim(`last tick ${tick}`));
  for (const one of attention) {
    output.line("");
    showMatter(one, output, world.now());
  }
  for (const [code, n] of Object.entries(more)) {
    output.line(`\nand ${counted(n, "more matter")}: ${code}`);
  }
  return health.status === "ok" ? 0 : 1;
}

/** One matter: what, since when, in words, and what settles it. */
function showMatter(matter: Attention, { say, paint }: Output, now: number): void {
  const { code, about, since, message, settle } = matter;
  const what = about.id === null ? about.kind : `${about.kind} ${about.id}`;
  say(`${code}: ${what}`, "", paint.bold);
  say(message, "  ");
  say(since === null ? null : `since ${when(since, now)}`, "  ");
  say(settle === null ? null : `> ${settlingCommand(about, settle)}`, "  ");
}

/** The command that makes a call, where there is one, or else the call. */
function settlingCommand(
  about: Attention["about"],
  { method, path }: NonNullable<Attention["settle"]>,
): string {
  const [, , kind, id, verb] = path.split("/");
  if (verb === "approve" && id !== undefined) {
    return `npx lethe approve ${id}`;
  }
  if (kind === "holds" && verb === "release" && id !== undefined) {
    return `npx lethe hold rm ${id}`;
  }
  if (kind === "switch") {
    return about.kind === "source" ? `npx lethe resume ${about.id}` : "npx lethe resume";
  }
  if (kind === "sweeps" && id === undefined && about.kind === "policy") {
    return `npx lethe sweep ${about.id}`;
  }
  return `${method} ${path}`;
}

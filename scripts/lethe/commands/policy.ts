import type { Command } from "commander";
import { knownSources } from "../policy/sources.ts";
import type { Desk } from "../desk.ts";
import type { Start } from "../action.ts";
import { check, diff, pull, push, type PolicyWork } from "../policy/run.ts";

export function addPolicy(program: Command, start: Start): void {
  const policy = program.command("policy").description("policies as files, one <id>.json each");
  const add = (name: string, description: string): Command =>
    policy
      .command(name)
      .description(description)
      .option("--dir <folder>", "the folder of the files", "policies");
  add("check", "say whether every file is a policy; asks nobody").action(
    start((desk, { dir }: Options) => check(workOf(desk, dir))),
  );
  add("diff", "show what would change in the Worker, and what it would newly remove")
    .option("--no-preview", "leave out what it would newly remove")
    .action(
      start((desk, { dir, preview }: Options & { readonly preview: boolean }) =>
        diff(workOf(desk, dir), preview),
      ),
    );
  add("push", "write the files to the Worker, unless somebody changed a policy meanwhile")
    .option("--prune", "delete policies that have no file")
    .option("--yes", "do not ask")
    .action(
      start((desk, { dir, ...options }: Options & Consent & { readonly prune?: boolean }) =>
        push(workOf(desk, dir), options),
      ),
    );
  add("pull", "write the Worker's policies to files")
    .option("--yes", "do not ask")
    .action(start((desk, { dir, yes }: Options & Consent) => pull(workOf(desk, dir), yes)));
}

interface Options {
  readonly dir: string;
}

interface Consent {
  readonly yes?: boolean;
}

function workOf(desk: Desk, folder: string): PolicyWork {
  return { desk, folder, known: knownSources(desk.world.env["SOURCES"]) };
}

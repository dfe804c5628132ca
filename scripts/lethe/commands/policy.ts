import type { Command } from "commander";
import type { Start } from "../action.ts";
import { check, diff, pull, push } from "../policy/run.ts";

export function addPolicy(program: Command, start: Start): void {
  const policy = program.command("policy").description("policies as files, one <id>.json each");
  const add = (name: string, description: string): Command =>
    policy
      .command(name)
      .description(description)
      .option("--dir <folder>", "the folder of the files", "policies");
  add("check", "say whether every file is a policy; asks nobody").action(start(check));
  add("diff", "show what would change in the Worker, and what it would newly remove")
    .option("--no-preview", "leave out what it would newly remove")
    .action(start(diff));
  add("push", "write the files to the Worker, unless somebody changed a policy meanwhile")
    .option("--prune", "delete policies that have no file")
    .option("--yes", "do not ask")
    .action(start(push));
  add("pull", "write the Worker's policies to files")
    .option("--yes", "do not ask")
    .action(start(pull));
}

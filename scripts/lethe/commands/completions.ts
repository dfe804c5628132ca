import { Argument, type Command } from "commander";
import type { Start } from "../action.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export function addCompletions(program: Command, start: Start): void {
  program
    .command("completions")
    .description("print what lets a shell complete this command")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(SHELLS)))
    .addHelpText("after", '\nbash, in ~/.bashrc, after npm link:  eval "$(lethe completions bash)"')
    .action(
      start(async ({ output }: Desk, shell: keyof typeof SHELLS): Promise<ExitCode> => {
        const script = SHELLS[shell](readTree(program));
        output.record({ shell, script });
        output.line(script);
        return 0;
      }),
    );
}

/** A command as a shell completes it; the program itself has no words. */
interface Completed {
  readonly words: readonly string[];
  readonly description: string;
  readonly commands: readonly string[];
  readonly flags: readonly string[];
}

/** Every command of the program, itself first. */
function readTree(program: Command): readonly Completed[] {
  const everywhere = flagsOf(program);
  const walk = (command: Command, words: readonly string[]): Completed[] => [
    {
      words,
      description: command.description(),
      commands: command.commands.map((one) => one.name()),
      flags: [...new Set([...flagsOf(command), ...everywhere, "--help"])],
    },
    ...command.commands.flatMap((one) => walk(one, [...words, one.name()])),
  ];
  return walk(program, []);
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => (long === null || long === undefined ? [] : [long]));
}

function bashScript(tree: readonly Completed[]): string {
  const typed = '"${COMP_WORDS[@]:1:COMP_CWORD-1}"';
  const choices = (words: string) =>
    `COMPREPLY=($(compgen -W "${words}" -- "\${COMP_WORDS[COMP_CWORD]}"))`;
  return `_lethe() {
${walkOf(tree, typed, choices)}
}
complete -o default -F _lethe lethe`;
}

function zshScript(tree: readonly Completed[]): string {
  return `#compdef lethe
_lethe() {
${walkOf(tree, "${words[2,CURRENT-1]}", (words) => `compadd -- ${words}`)}
  _files
}
compdef _lethe lethe`;
}

function fishScript(tree: readonly Completed[]): string {
  return tree
    .flatMap((one) => {
      const last = one.words.at(-1);
      const seen =
        last === undefined ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${last}`;
      const inner = one.commands.join(" ");
      const fresh = inner === "" ? seen : `${seen}; and not __fish_seen_subcommand_from ${inner}`;
      const subcommands = tree.filter(
        ({ words }) => parentOf(words) === keyOf(one) && words.length > 0,
      );
      return [
        ...subcommands.map(
          ({ words, description }) =>
            `complete -c lethe -n '${fresh}' -a ${words.at(-1)} -d '${description.replaceAll("'", String.raw`\'`)}'`,
        ),
        ...(last === undefined
          ? []
          : one.flags.map((flag) => `complete -c lethe -n '${seen}' -l ${flag.slice(2)}`)),
      ];
    })
    .join("\n");
}

/**
 * Finds the command among the words that are typed, and offers what comes after it. A word that names no command
 * is an option or a value.
 */
function walkOf(
  tree: readonly Completed[],
  typed: string,
  offer: (choices: string) => string,
): string {
  const steps = tree
    .filter(({ words }) => words.length > 0)
    .map(({ words }) => `      "${parentOf(words)}:${words.at(-1)}") at="${words.join(" ")}" ;;`);
  const offers = tree.map(
    (one) => `    "${keyOf(one)}") ${offer([...one.commands, ...one.flags].join(" "))} ;;`,
  );
  return `  local at="" word
  for word in ${typed}; do
    case "$at:$word" in
${steps.join("\n")}
    esac
  done
  case "$at" in
${offers.join("\n")}
  esac`;
}

function keyOf({ words }: Completed): string {
  return words.join(" ");
}

function parentOf(words: readonly string[]): string {
  return words.slice(0, -1).join(" ");
}

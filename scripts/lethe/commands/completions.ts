import { Argument, type Command } from "commander";
import type { Start } from "../action.ts";
import { bashScript, fishScript, readTree, zshScript } from "../completions.ts";
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

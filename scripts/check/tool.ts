import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** What a tool printed, and whether it passed. */
interface ToolOutcome {
  readonly hasPassed: boolean;
  readonly lines: readonly string[];
}

/** Runs a tool and answers the lines it printed when it failed, or nothing when it passed. */
export async function runTool(tool: string, args: readonly string[]): Promise<readonly string[]> {
  const { hasPassed, lines } = await hearTool(tool, args);
  return hasPassed ? [] : lines;
}

/** Runs a tool of node_modules/.bin. One that cannot be started has failed. */
export async function hearTool(tool: string, args: readonly string[]): Promise<ToolOutcome> {
  const child = spawn(tool, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
    },
    shell: process.platform === "win32",
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return await new Promise((resolve) => {
    child.once("error", (error) =>
      resolve({
        hasPassed: false,
        lines: [`${tool} did not start: ${error.message}; run npm ci`],
      }),
    );
    child.once("close", (code) => {
      const lines = stripVTControlCharacters(output)
        .split("\n")
        .filter((line) => line.trim() !== "");
      const ended = `${tool} ${args.join(" ")} ended with ${code ?? "a signal"}`;
      resolve({ hasPassed: code === 0, lines: code === 0 ? lines : [...lines, ended] });
    });
  });
}

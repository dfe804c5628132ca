import { spawn } from "node:child_process";
import { once } from "node:events";
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
  const quiet = { NO_COLOR: "1", WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" };
  const child = spawn(tool, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...quiet },
    shell: process.platform === "win32",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const fault = await once(child, "close").then(
    ([code]) => (code === 0 ? null : `${tool} ${args.join(" ")} ended with ${code ?? "a signal"}`),
    (error: unknown) => `${tool} did not start: ${String(error)}; run npm ci`,
  );
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return { hasPassed: fault === null, lines: fault === null ? lines : [...lines, fault] };
}

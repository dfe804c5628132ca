import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";

const END = "the end of block";

/**
 * Runs blocks of commands in one session of bash, as a person pastes them one after the other, and answers
 * what each printed. The first command that fails ends the session, and the test with it.
 */
export async function runBlocks(blocks: readonly string[]): Promise<string[]> {
  const script = blocks.map((block, at) => `${block}\necho '${END} ${at}'\n`).join("");
  const bash = spawn("bash", ["-euo", "pipefail", "-c", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    bash.kill("SIGKILL");
  });
  let output = "";
  bash.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  let errors = "";
  bash.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    bash.once("error", reject);
    bash.once("close", resolve);
  });
  if (code !== 0 || errors !== "") {
    throw new Error(`bash ended with ${code}:\n${output}${errors}`);
  }
  return output.split(new RegExp(`^${END} \\d+\n`, "m")).slice(0, blocks.length);
}

import { err, ok, type Result } from "../../../src/core/values/result.ts";
import { NOT_SIGNED_IN } from "../../deploy/deploy.ts";
import { jsonOrNull } from "../../start/json.ts";
import type { World } from "../world.ts";

/** One program that a setup runs. */
export interface Step {
  readonly program: string;
  readonly args: readonly string[];
  /** What it reads, in JSON: secrets go there, because others see a command line. */
  readonly input: Readonly<Record<string, string>> | null;
}

/** What a deployment runs, in its order: a Worker without its secrets removes nothing. */
export function stepsOf(
  secrets: Readonly<Record<string, string>>,
  env: string | null,
): readonly Step[] {
  const where = env === null ? [] : ["--env", env];
  return [
    {
      program: "npm",
      args: ["run", "deploy", ...(env === null ? [] : ["--", ...where])],
      input: null,
    },
    ...(Object.keys(secrets).length === 0
      ? []
      : [{ program: "npx", args: ["wrangler", "secret", "bulk", ...where], input: secrets }]),
  ];
}

/** A step as it would be typed, with the names of what it reads and no value. */
export function lineOf({ program, args, input }: Step): string {
  const reads = input === null ? "" : `   (reads ${Object.keys(input).join(", ")})`;
  return `${[program, ...args].join(" ")}${reads}`;
}

/** Runs the steps until one fails. Answers that one; null: all are done. */
export async function runSteps(
  steps: readonly Step[],
  { run, goOn }: Pick<World, "run" | "goOn">,
): Promise<Step | null> {
  for (const step of steps) {
    goOn();
    const input = step.input === null ? null : JSON.stringify(step.input);
    if ((await run(step.program, step.args, input)) !== 0) {
      return step;
    }
  }
  return null;
}

/** The names of the secrets that a deployment has, or why wrangler did not say them. */
export async function readSecretNames(
  env: string | null,
  { read }: Pick<World, "read">,
): Promise<Result<ReadonlySet<string>, "signed_out" | { readonly said: string }>> {
  const where = env === null ? [] : ["--env", env];
  const args = ["wrangler", "secret", "list", "--format", "json", ...where];
  const { code, out, errors } = await read("npx", args);
  const found = code === 0 ? jsonOrNull(out.slice(out.indexOf("["))) : null;
  if (Array.isArray(found)) {
    return ok(new Set(found.map((one) => String((one as { readonly name?: unknown }).name))));
  }
  const said = `${out}\n${errors}`.trim();
  return err(said.includes(NOT_SIGNED_IN) ? "signed_out" : { said });
}

import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { PRIVATE, readIfThere, writePrivate } from "./files.ts";

/** What a start remembers beside the state of the runtime. */
export const Memory = z.object({
  /** When the demonstration data was loaded, by source. */
  demo_loaded: z.record(z.string(), z.string()).default({}),
  /** Whether the generated API key was printed. */
  key_shown: z.boolean().default(false),
  /** By id of a shipped policy: the digest it was loaded with, and what its source was then. */
  policies: z
    .record(z.string(), z.object({ digest: z.string().nullable(), target: z.string() }))
    .default({}),
});
export type Memory = z.output<typeof Memory>;

/** The files in a state folder. */
export interface StateFolder {
  /** Absolute. */
  readonly path: string;
  readonly key_file: string;
  readonly variables_file: string;
  readonly log_file: string;
}

/** Makes the folder if it is not there. */
export async function openState(folder: string): Promise<StateFolder> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    key_file: join(path, "api_key"),
    variables_file: join(path, "variables.env"),
    log_file: join(path, "wrangler.log"),
  };
}

/** A secret of the folder; made from 32 random bytes the first time. */
export async function keptSecret(path: string, prefix: string): Promise<string> {
  const kept = (await readIfThere(path))?.trim() ?? "";
  if (kept !== "") {
    await chmod(path, PRIVATE);
    return kept;
  }
  const text = prefix + randomBytes(32).toString("hex");
  await writePrivate(path, `${text}\n`);
  return text;
}

/** Reads what earlier starts remembered. A file that cannot be read is an error: it restraints deletions. */
export async function readMemory(state: StateFolder): Promise<Memory> {
  const path = join(state.path, "memory.json");
  const text = await readIfThere(path);
  if (text === null) {
    return Memory.parse({});
  }
  try {
    return Memory.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} cannot be read: repair it, or remove it`, { cause: error });
  }
}

export async function writeMemory(state: StateFolder, memory: Memory): Promise<void> {
  await writePrivate(join(state.path, "memory.json"), `${JSON.stringify(memory, null, 2)}\n`);
}

import { chmod, readFile, rename, writeFile } from "node:fs/promises";

/** Private to the person who started it: it may hold keys. */
export const PRIVATE = 0o600;

/** The code of an error of the system, such as ENOENT; any other error in words. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return null;
    }
    throw error;
  }
}

/** Writes a whole file in one step, readable by its owner only. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, text, { mode: PRIVATE });
  await chmod(draft, PRIVATE);
  await rename(draft, path);
}

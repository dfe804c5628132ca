import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readIfThere } from "../start/files.ts";

/** Writes a file, unless it is so already: a Worker that runs would start again. */
export async function writeChanged(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) !== text) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

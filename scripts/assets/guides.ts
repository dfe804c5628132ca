import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeChanged } from "./changed.ts";

/** Copies the guides as text, which every browser shows, and takes away what is no guide any more. */
export async function copyGuides(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name.endsWith(".md"));
  const copies = new Map(names.map((name) => [name.replace(/\.md$/, ".txt"), name]));
  for (const [copy, name] of copies) {
    await writeChanged(join(to, copy), await readFile(join(from, name), "utf8"));
  }
  const old = (await readdir(to)).filter((name) => !copies.has(name));
  await Promise.all(old.map((name) => rm(join(to, name), { force: true })));
}

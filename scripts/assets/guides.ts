import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Copies the guides as text, which every browser shows, and takes away what is no guide any more. What is
 * the same is left alone: a Worker that runs would start again.
 */
export async function copyGuides(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const had = new Set(await readdir(to));
  const names = (await readdir(from)).filter((name) => name.endsWith(".md"));
  for (const name of names) {
    const copy = name.replace(/\.md$/, ".txt");
    const text = await readFile(join(from, name), "utf8");
    if (!had.has(copy) || (await readFile(join(to, copy), "utf8")) !== text) {
      await writeFile(join(to, copy), text);
    }
    had.delete(copy);
  }
  await Promise.all([...had].map((name) => rm(join(to, name), { force: true })));
}

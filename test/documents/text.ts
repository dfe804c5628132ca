import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder that holds the README. */
export const ROOT = join(import.meta.dirname, "../..");

/** A file of the repository as text. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The text under a heading of the second level, up to the next one. */
export function sectionOf(text: string, heading: string): string {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) {
    throw new Error(`there is no heading "## ${heading}"`);
  }
  return section;
}

/** The fenced blocks of one language, in order. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, body]) =>
    name === language && body !== undefined ? [body] : [],
  );
}

/** The rows of the tables in a text, headings left out: one list of cells each. */
export function rowsOf(text: string): string[][] {
  const lines = text.split("\n");
  return lines
    .filter((line, at) => {
      const isRule = (one: string | undefined): boolean => /^\|[ :|-]+\|$/.test(one ?? "");
      return line.startsWith("|") && !isRule(line) && !isRule(lines[at + 1]);
    })
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

/** What stands in backquotes. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code ?? []);
}

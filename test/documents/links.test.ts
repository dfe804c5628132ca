import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeIn, ROOT, rowsOf, sectionOf, textOf } from "./text.ts";

const DOCUMENTS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name: file }) => `docs/${file}`),
  "test/conformance/README.md",
];

/** The anchor that a heading gets: lower case, words joined by hyphens, signs left out. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

describe.each(DOCUMENTS)("%s", (document) => {
  const text = textOf(document);

  test("links to files and headings that are there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) {
        return false;
      }
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? document : join(dirname(document), file);
      return (
        !exists(target) || (anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor))
      );
    });
    expect(broken).toEqual([]);
  });

  test("names modules, tests and commands that are there", () => {
    const named = codeIn(text);
    const places = ["", "src/custodian/", "test/conformance/"];
    const files = named.filter((code) => /^[\w./-]+\.(ts|toml|example)$/.test(code));
    expect(files.filter((file) => !places.some((place) => exists(place + file)))).toEqual([]);
    const folders = named.filter((code) =>
      /^(src|test|docs|policies|bench|scripts)\/[\w/]*$/.test(code),
    );
    expect(folders.filter((folder) => !exists(folder))).toEqual([]);
    const { scripts } = JSON.parse(textOf("package.json")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const commands = [...text.matchAll(/npm run ([\w:-]*\w)/g)].map(([, name = ""]) => name);
    expect(commands.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  test("tells every phase of a job, in order", () => {
    const unions = [
      ...textOf("src/custodian/tables/phase.ts").matchAll(/^export type \w+ =([^;]+);/gm),
    ];
    const [all, both] = unions.map(([, union = ""]) =>
      [...union.matchAll(/"(\w+)"/g)].map(([, phase = ""]) => phase),
    );
    expect(both?.length).toBeGreaterThan(5);
    const told = rowsOf(sectionOf(textOf("ARCHITECTURE.md"), "A slice")).map(
      ([phase = ""]) => phase,
    );
    expect(told.toSorted()).toEqual([...(all ?? []), ...(both ?? [])].toSorted());
    expect(told.filter((phase) => both?.some((one) => one === phase))).toEqual(both);
  });
});

describe("the requirement table", () => {
  const text = textOf("test/conformance/README.md");

  test("names each requirement's tests, in files that are there", () => {
    const rows = rowsOf(text.split("## Out of scope")[0] ?? "");
    expect(rows.length).toBeGreaterThan(20);
    for (const [requirement, tests = ""] of rows) {
      const files = codeIn(tests);
      expect({ requirement, found: files.length > 0 }).toEqual({ requirement, found: true });
      expect({ requirement, gone: files.filter((file) => !exists(file)) }).toEqual({
        requirement,
        gone: [],
      });
    }
  });

  test("leaves out no test file", () => {
    const named = new Set(codeIn(text));
    const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
      .map((file) => `test/${file}`);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => !named.has(file))).toEqual([]);
  });
});

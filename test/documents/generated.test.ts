import { expect, test } from "vitest";
import { checkDocuments, renew } from "../../scripts/docs/documents.ts";
import { tablesOf } from "../../scripts/docs/storage.ts";
import { METRICS } from "../../src/core/report/metrics.ts";
import { textOf } from "./text.ts";

test("the documents are what the code says", async () => {
  expect(await checkDocuments()).toEqual([]);
});

test.each([
  ["docs/CONFIG.md", "- `FOUR_EYES`: "],
  ["docs/CONFIG.md", "- `person_paths` (array): "],
  ["docs/API.md", "- `POST /v1/erasures` (`erasures:write`): "],
  ["docs/API.md", "- `/client_sessions/delete`: "],
  ["docs/API.md", "- `plan_gone` (409): "],
  ["docs/GLOSSARY.md", "- `renewed`: "],
  ["docs/GLOSSARY.md", "- `superseded`: "],
  ["docs/GLOSSARY.md", "- `no_match`: "],
  ["docs/OPERATING.md", "- `order_lost`: "],
  ["docs/STORAGE.md", "### `agent_sessions`"],
  ["docs/STORAGE.md", "### `plan`"],
  ["docs/STORAGE.md", "### `policy_versions`"],
  ["docs/SIGNALS.md", "- `slice.done` (info): "],
  ["docs/SIGNALS.md", "- `lethe_lag_seconds` (gauge, "],
  ["docs/SIGNALS.md", "- `sessions.overdue`: "],
])("a line of %s that is changed by hand is made again: %s", (file, start) => {
  const text = textOf(file);
  expect(text).toContain(`\n${start}`);
  const changed = text.replace(`\n${start}`, "\nwhat somebody wrote by hand ");
  expect(renew(file, changed)).toBe(text);
});

test("what stands between the parts stays", () => {
  const text = `${textOf("docs/SIGNALS.md")}\nA word by hand.\n`;
  expect(renew("docs/SIGNALS.md", text)).toBe(text);
});

test("a part without its markers is refused", () => {
  const text = textOf("docs/API.md").replace("<!-- end of routes -->\n", "");
  expect(() => renew("docs/API.md", text)).toThrow('the markers of "routes" are not there');
});

const TOLD = "-- Sessions.\n-- Kept: for good. Personal: yes.\nCREATE TABLE s (\n";

test("each table says what it holds, how long that is kept, and whether it is personal", () => {
  const sql = `${TOLD}  id TEXT NOT NULL, -- as given\n  at INTEGER,\n  PRIMARY KEY (id, at)\n);\n`;
  const { said, columns } = tablesOf(sql).get("s") ?? {};
  expect(said).toBe("Sessions. Kept: for good. Personal: yes.");
  expect([...(columns ?? [])]).toEqual([
    ["id", "as given"],
    ["at", undefined],
  ]);
});

test.each([
  ["says nothing", "CREATE TABLE s (\n  id TEXT\n);\n", "say above the table s"],
  ["no lifetime", "-- Sessions.\nCREATE TABLE s (\n  id TEXT\n);\n", "say above the table s"],
  ["two columns in a line", `${TOLD}  id TEXT, at INTEGER\n);\n`, "the columns of s"],
  ["a line for all", "CREATE TABLE s (id TEXT);\n", "say above the table s"],
])("a table that cannot be told is refused: %s", (_, sql, fault) => {
  expect(() => tablesOf(sql)).toThrow(fault);
});

test("the documents name no metric that is not there", () => {
  const known = new Set([...Object.keys(METRICS), "lethe_slices"]);
  for (const file of ["docs/SIGNALS.md", "docs/OPERATING.md"]) {
    const named = [...textOf(file).matchAll(/lethe_[a-z0-9_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  }
});

test("KV holds what docs/STORAGE.md says", () => {
  expect(textOf("docs/STORAGE.md")).toContain("| `policy:<id>` |");
  expect(textOf("src/kv/policies.ts")).toContain('const PREFIX = "policy:";');
});

import { expect, test } from "vitest";
import { CALLBACK_TYPES } from "../../src/core/report/callback.ts";
import { METRICS } from "../../src/core/report/metrics.ts";
import { LOG_EVENTS } from "../../src/platform/log.ts";
import { codeIn, rowsOf, sectionOf, textOf } from "./text.ts";

const SIGNALS = textOf("docs/SIGNALS.md");

test("docs/SIGNALS.md has a row for each event of the log, and for no other", () => {
  const rows = rowsOf(sectionOf(SIGNALS, "Log lines"));
  const named = rows.flatMap(([cell = ""]) => codeIn(cell));
  expect(named.toSorted()).toEqual([...LOG_EVENTS].toSorted());
  expect(rows.flat()).not.toContain("");
});

test("docs/SIGNALS.md has a row for each metric, and for no other", () => {
  const named = rowsOf(sectionOf(SIGNALS, "Metrics")).map(([cell = ""]) => codeIn(cell)[0] ?? "");
  const metrics = named.filter((name) => /^lethe_\w+$/.test(name));
  expect(metrics.toSorted()).toEqual(Object.keys(METRICS).toSorted());
});

test("docs/SIGNALS.md names no metric that is not there", () => {
  const named = [...SIGNALS.matchAll(/lethe_[a-z0-9_]+/g)].map(([name]) => name);
  const known = new Set([...Object.keys(METRICS), "lethe_slices"]);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test("docs/SIGNALS.md has a row for each event of the callback, and for no other", () => {
  const named = rowsOf(sectionOf(SIGNALS, "Callback")).map(([cell = ""]) => codeIn(cell)[0] ?? "");
  expect(named.toSorted()).toEqual([...CALLBACK_TYPES].toSorted());
});

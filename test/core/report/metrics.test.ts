import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { METRICS, renderMetrics, type Sample } from "../../../src/core/report/metrics.ts";

const LINE = /^([a-z_]+[a-z0-9_]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const PAIR = /([a-z_]+)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

/** Reads one line as the format's document says, by its own means. */
function readLine(line: string): Sample {
  const [, name = "", pairs = "", value = ""] = LINE.exec(line) ?? [];
  const labels = [...pairs.matchAll(PAIR)].map(([, label = "", text = ""]) => [
    label,
    text.replaceAll(/\\(["\\n])/g, (_, c: string) => (c === "n" ? "\n" : c)),
  ]);
  return { name: name as Sample["name"], labels: Object.fromEntries(labels), value: Number(value) };
}

const samples = fc.array(
  fc.record({
    name: fc.constantFrom("lethe_removals_total" as const, "lethe_jobs" as const),
    labels: fc.dictionary(fc.constantFrom("source", "policy", "status"), fc.string()),
    value: fc.nat().map((n) => n / 1000),
  }),
);

describe("rendering", () => {
  test("every sample can be read back, whatever its labels hold", () => {
    fc.assert(
      fc.property(samples, (given) => {
        const lines = renderMetrics(given).trimEnd().split("\n");
        const read = lines.filter((line) => !line.startsWith("#")).map(readLine);
        const order = (list: readonly Sample[]): string[] =>
          list.map((sample) => JSON.stringify([sample.name, sample.labels, sample.value]));
        expect(order(read).toSorted()).toEqual(
          order(
            given.map(({ labels, ...rest }) => ({ ...rest, labels: { ...labels } })),
          ).toSorted(),
        );
      }),
    );
  });

  test("declares every metric once, its samples below it", () => {
    const text = renderMetrics([
      { name: "lethe_jobs", labels: { kind: "sweep" }, value: 1 },
      { name: "lethe_stalled", labels: {}, value: 2 },
      { name: "lethe_jobs", labels: { kind: "erasure" }, value: 3 },
    ]);
    const lines = text.split("\n");
    for (const name of Object.keys(METRICS)) {
      expect(lines.filter((line) => line.startsWith(`# TYPE ${name} `))).toHaveLength(1);
      expect(lines.filter((line) => line.startsWith(`# HELP ${name} `))).toHaveLength(1);
    }
    const at = lines.indexOf("# TYPE lethe_jobs gauge");
    expect(lines.slice(at + 1, at + 3)).toEqual([
      'lethe_jobs{kind="sweep"} 1',
      'lethe_jobs{kind="erasure"} 3',
    ]);
    expect(text.endsWith("\n")).toBe(true);
  });
});

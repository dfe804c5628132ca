import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../src/core/report/metrics.ts";

const ROOT = join(import.meta.dirname, "../..");
const FILES = ["deploy/prometheus_rules.yml", "deploy/grafana.json"];

describe.each(FILES)("%s", (file) => {
  it("asks for metrics that there are", async () => {
    const text = await readFile(join(ROOT, file), "utf8");
    const named = [...new Set(text.match(/lethe_[a-z_0-9]+/g))];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in METRICS))).toEqual([]);
  });

  it("asks for labels that the metric has", async () => {
    const text = (await readFile(join(ROOT, file), "utf8")).replaceAll('\\"', '"');
    const asked = [...text.matchAll(/(lethe_[a-z_0-9]+)\{([a-z_]+)(?:=|=~)"/g)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [, name = "", label = ""] of asked) {
      const { labels } = METRICS[name as keyof typeof METRICS];
      expect(labels as readonly string[]).toContain(label);
    }
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as zod from "zod";
import { expect, test } from "vitest";
import * as bundled from "../../bundle/zod.ts";

const WHOLE: Readonly<Record<string, unknown>> = { ...zod };
const BUNDLED: Readonly<Record<string, unknown>> = { ...bundled };
/** Named in types only. */
const TYPES = new Set(["core", "input", "output"]);

/** Every member of zod that the Worker names: esbuild misses those that come through another package. */
function namedInSource(): Set<string> {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" });
  const text = files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join("src", file), "utf8"))
    .join("\n");
  return new Set([...text.matchAll(/\bz\s*\.(\w+)/g)].map(([, name = ""]) => name));
}

test("what stands in for zod in the bundle has every part that the Worker names", () => {
  const needed = [...namedInSource()].filter((name) => name in WHOLE && !TYPES.has(name));
  expect(needed.length).toBeGreaterThan(20);
  expect(needed.filter((name) => !(name in BUNDLED))).toEqual([]);
});

test("and each is zod's own, without any language's messages but English", () => {
  const { z, default: whole, ...parts } = BUNDLED;
  expect(z).toBe(whole);
  const others = Object.entries(parts).filter(([name, part]) =>
    name === "iso" ? false : part !== WHOLE[name],
  );
  expect(others).toEqual([]);
  expect(Object.keys(parts)).not.toContain("locales");
});

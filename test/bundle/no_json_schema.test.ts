import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as bundled from "../../bundle/no_json_schema.ts";

const SCHEMAS = join(import.meta.dirname, "../../node_modules/zod/v4/classic/schemas.js");

/** What zod's schemas take of the two modules that are replaced. */
function taken(): string[] {
  const text = readFileSync(SCHEMAS, "utf8");
  const processors = [...text.matchAll(/\bprocessors\.(\w+)/g)].map(([, name = ""]) => name);
  const [, methods = ""] =
    /import \{([^}]*)\} from "\.\.\/core\/to-json-schema\.js"/.exec(text) ?? [];
  return [...new Set([...processors, ...methods.split(",").map((name) => name.trim())])];
}

test("what stands in for zod's makers of JSON Schema has every name that zod's schemas take", () => {
  const names = taken();
  expect(names.length).toBeGreaterThan(30);
  expect(names).toContain("createStandardJSONSchemaMethod");
  expect(names.filter((name) => !(name in bundled))).toEqual([]);
});

test("and throws where one is used, so that nothing wrong is served", () => {
  expect(() => bundled.toJSONSchema()).toThrow("npm run assets");
  expect(() => bundled.createToJSONSchemaMethod()()).toThrow("npm run assets");
});

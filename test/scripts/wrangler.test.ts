import { expect, test } from "vitest";
import { Refusal } from "../../scripts/start/arguments.ts";
import { spoken } from "../../scripts/start/wrangler.ts";

test("a call of wrangler that printed nothing was killed, although it ended with 0", () => {
  expect(spoken("wrangler d1 execute", "[]\n")).toBe("[]\n");
  expect(() => spoken("wrangler d1 execute", "\n")).toThrow(Refusal);
});

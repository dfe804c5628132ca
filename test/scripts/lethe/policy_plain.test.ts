import { describe, expect, test } from "vitest";
import { fieldChanges } from "../../../scripts/lethe/policy/compare.ts";
import { problemLines } from "../../../scripts/lethe/policy/files.ts";
import { showChange } from "../../../scripts/lethe/policy/show.ts";
import { createOutput } from "../../../scripts/lethe/output.ts";
import { fakeWorld } from "./fake_world.ts";

const HOSTILE = "\u001b[2J\u009b1m\u202e\u2028\n";
const SPELT = "\\u001b[2J\\u009b1m\\u202e\\u2028\\u000a";

describe("what a policy of a Worker says", () => {
  test("does not reach the terminal as an order to it, by its id, its fields or its values", () => {
    const fields = fieldChanges({}, { metadata: { [HOSTILE]: "\u009b\u202e" } });
    const version = { id: HOSTILE, digest: "d", policy: {} as never };
    const seen = fakeWorld();
    showChange({ kind: "change", version, fields, digest: "e" }, createOutput(seen.world, false));
    expect(seen.lines()).toEqual([`~ ${SPELT}`, `    metadata.${SPELT}: "\\u009b\\u202e"`]);
  });

  test("nor by what is wrong with it", () => {
    expect(problemLines(HOSTILE, [{ field: HOSTILE, message: `not ${HOSTILE}` }])).toEqual([
      `${SPELT}: ${SPELT}: not ${SPELT}`,
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { fieldChanges } from "../../../scripts/lethe/policy/compare.ts";
import { problemLines } from "../../../scripts/lethe/policy/files.ts";
import { changeLines } from "../../../scripts/lethe/policy/show.ts";
import { paintFor } from "../../../scripts/start/screen/paint.ts";

const HOSTILE = "\u001b[2J\u009b1m\u202e\u2028\n";
const SPELT = "\\u001b[2J\\u009b1m\\u202e\\u2028\\u000a";

describe("what a policy of a Worker says", () => {
  test("does not reach the terminal as an order to it, by its id, its fields or its values", () => {
    const fields = fieldChanges({}, { metadata: { [HOSTILE]: "\u009b\u202e" } });
    const lines = changeLines(
      {
        kind: "change",
        version: { id: HOSTILE, digest: "d", policy: {} as never },
        fields,
        digest: "e",
      },
      { paint: paintFor(false, {}), width: Infinity },
    );
    expect(lines).toEqual([`~ ${SPELT}`, `    metadata.${SPELT}: "\\u009b\\u202e"`]);
  });

  test("nor by what is wrong with it", () => {
    expect(problemLines(HOSTILE, [{ field: HOSTILE, message: `not ${HOSTILE}` }])).toEqual([
      `${SPELT}: ${SPELT}: not ${SPELT}`,
    ]);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import type { PolicyVersion } from "../../../src/contract/registrar.ts";
import { clean, versionOf } from "../../support/guard_world.ts";
import { openWorld, writePolicy } from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;

const FIRST = versionOf({ note: "the first" });
const SECOND = versionOf({ note: "the second" });
const THIRD = versionOf({ match: { scope: ["elsewhere"] } });

async function versions() {
  return (await registrar.policyVersions("p", 100, null)).data;
}

const match = (version: PolicyVersion) => ({
  if_match: `"${version.digest}"`,
  if_none_match: false,
});

beforeEach(async () => {
  await clean(engine);
});

describe("two writers at once", () => {
  test("are told apart by If-Match: one of them is refused", async () => {
    await writePolicy(engine, "p", FIRST, "anna");
    const answers = await Promise.all([
      writePolicy(engine, "p", SECOND, "anna", FIRST, match(FIRST)),
      writePolicy(engine, "p", THIRD, "ben", FIRST, match(FIRST)),
    ]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["precondition_failed", "written"]);
    expect(await versions()).toHaveLength(2);
  });

  test("are told apart although KV shows both the same older version", async () => {
    await writePolicy(engine, "p", FIRST, "anna");
    await writePolicy(engine, "p", SECOND, "anna", FIRST, match(FIRST));
    expect(await writePolicy(engine, "p", THIRD, "ben", FIRST, match(FIRST))).toEqual({
      kind: "precondition_failed",
    });
    expect(await writePolicy(engine, "p", THIRD, "ben", FIRST, match(SECOND))).toEqual({
      kind: "written",
      created: false,
    });
    expect(await writePolicy(engine, "p", null, "ben", FIRST, match(SECOND))).toEqual({
      kind: "precondition_failed",
    });
    expect(await writePolicy(engine, "p", null, "ben", FIRST, match(THIRD))).toMatchObject({
      kind: "written",
    });
    expect(await writePolicy(engine, "p", null, "ben", FIRST)).toEqual({ kind: "not_found" });
  });

  test("are both told that they created it only when nothing was there", async () => {
    expect(await writePolicy(engine, "p", FIRST, "anna")).toEqual({
      kind: "written",
      created: true,
    });
    expect(await writePolicy(engine, "p", SECOND, "ben")).toEqual({
      kind: "written",
      created: false,
    });
    const none = { if_match: null, if_none_match: true };
    expect(await writePolicy(engine, "p", THIRD, "ben", null, none)).toEqual({
      kind: "precondition_failed",
    });
  });
});

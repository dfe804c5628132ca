import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { floorsOf } from "../../src/config/floors.ts";

const SECRET = "a secret for tests, of more than 32 characters";

function floors(vars: Record<string, string>, source = "client_sessions") {
  return floorsOf(parseConfig({ LETHE_SECRET: SECRET, ...vars }), source);
}

function problems(vars: Record<string, string>): string[] {
  return parseConfig({ LETHE_SECRET: SECRET, ...vars }).problems.map(({ field }) => field);
}

describe("the floors of a deployment", () => {
  test.each<[string, Record<string, string>, string]>([
    ["none on the embedded store", {}, "none"],
    ["none on loopback", { SEAM_API_KEY: "k", SEAM_ENDPOINT: "http://127.0.0.1:9001" }, "none"],
    ["changes where sessions are real", { SEAM_API_KEY: "k" }, "changes"],
    ["what is said, wherever", { SEAM_API_KEY: "k", APPROVAL: "none" }, "none"],
    ["what is said on the embedded store", { APPROVAL: "every" }, "every"],
    ["every where the word is unknown", { APPROVAL: "sometimes" }, "every"],
    ["every where it is in capitals", { APPROVAL: "NONE" }, "every"],
  ])("ask for approval: %s", (_, vars, expected) => {
    expect(floors(vars).approval).toBe(expected);
  });

  test("differ from source to source, and a source that is not there is not local", () => {
    const vars = { SEAM_API_KEY: "k" };
    expect(floors(vars, "agent_sessions").approval).toBe("none");
    expect(floors({}, "nowhere").approval).toBe("changes");
  });

  test.each<[string, number | null]>([
    ["", null],
    ["50", 50],
    ["0.5", 0.5],
    ["100", 100],
    ["0", 0],
    ["101", 0],
    ["-1", 0],
    ["50%", 0],
    ["1e1", 0],
    ["NaN", 0],
    [" 50", 0],
  ])("BRAKE_PERCENT_MAX %j is %j", (text, expected) => {
    expect(floors({ BRAKE_PERCENT_MAX: text }).brake_percent_max).toBe(expected);
    const wrong = expected === 0 ? ["BRAKE_PERCENT_MAX"] : [];
    expect(problems({ BRAKE_PERCENT_MAX: text })).toEqual(wrong);
  });

  test.each<[string, string | null, boolean]>([
    ["", null, false],
    ["P1D", "P1D", false],
    ["36h", "PT36H", false],
    ["PT0S", "PT0S", false],
    ["30m", "P100Y", true],
    ["1", "P100Y", true],
    ["P200Y", "P100Y", true],
  ])("MIN_AGE %j is %j", (text, expected, isWrong) => {
    expect(floors({ MIN_AGE: text }).min_age).toBe(expected);
    expect(problems({ MIN_AGE: text })).toEqual(isWrong ? ["MIN_AGE"] : []);
  });

  test("are as strict as they can be where a variable is a table", () => {
    const env = { LETHE_SECRET: SECRET, MIN_AGE: {}, BRAKE_PERCENT_MAX: [], APPROVAL: {} };
    const config = parseConfig(env);
    const strictest = { approval: "every", brake_percent_max: 0, min_age: "P100Y" };
    expect(config.floors).toEqual(strictest);
    expect(config.problems.map(({ message }) => message)).toEqual(Array(3).fill("write a text"));
  });
});

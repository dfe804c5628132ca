import { describe, expect, test } from "vitest";
import { VARIABLES } from "../../src/config/variables.ts";
import { HELP, readArguments } from "../../scripts/start/arguments.ts";

describe("the command line of npm start", () => {
  test("has a help that says what each variable of the Worker is for", () => {
    for (const [name, schema] of Object.entries(VARIABLES)) {
      const line = HELP.split("\n").find((one) => one.startsWith(`  ${name} `));
      expect(line).toMatch(/^ {2}\w+ +\S.{8,70}$/);
      expect(line).toContain(schema.meta()?.title);
    }
  });

  test("has defaults", () => {
    expect(readArguments([], undefined)).toMatchObject({
      port: 8787,
      state: ".lethe",
      vars: {},
      rest: [],
      help: false,
    });
  });

  test("takes the port from PORT, and the flag before that", () => {
    expect(readArguments([], "9000").port).toBe(9000);
    expect(readArguments(["--port", "9100"], "9000").port).toBe(9100);
    expect(readArguments(["--port=0"], "9000").port).toBe(0);
  });

  test("keeps colons and JSON in the value of a variable", () => {
    const keys = '[{"name":"a","sha256":"0","scopes":["*"]}]';
    const { vars } = readArguments(
      ["--var", "SEAM_ENDPOINT:http://127.0.0.1:9001", `API_KEYS:${keys}`, "--var=EMPTY:"],
      undefined,
    );
    expect(vars).toEqual({ SEAM_ENDPOINT: "http://127.0.0.1:9001", API_KEYS: keys, EMPTY: "" });
  });

  test("takes a variable as a shell writes it, too", () => {
    const { vars } = readArguments(["--var", "SEAM_ENDPOINT=http://a:1?x=y"], undefined);
    expect(vars).toEqual({ SEAM_ENDPOINT: "http://a:1?x=y" });
  });

  test("hands everything else to wrangler, in order", () => {
    const args = ["--log-level", "debug", "--persist-to", "there", "--live-reload"];
    expect(readArguments(args, undefined)).toMatchObject({
      state: "there",
      rest: ["--log-level", "debug", "--live-reload"],
    });
  });

  test.each([
    [["--port", "eighty"], /--port must be a whole number from 0 to 65535, not "eighty"/],
    [["--port", "65536"], /--port must be a whole number/],
    [["--port"], /--port needs a value/],
    [["--persist-to", "--verbose"], /--persist-to needs a value/],
    [["--var"], /--var needs a value/],
    [["--var", "SECRET"], /--var needs NAME:VALUE/],
    [["9000"], /"9000" is not an option/],
    [["--remote"], /--remote cannot be used here.*npm run deploy/],
    [["--ip=0.0.0.0"], /--ip cannot be used here/],
  ])("refuses %j", (args, message) => {
    expect(() => readArguments(args, undefined)).toThrow(message);
  });

  test("names PORT when PORT is wrong", () => {
    expect(() => readArguments([], "http")).toThrow(/PORT must be a whole number/);
  });

  test("does not repeat a value that may be a secret", () => {
    expect(() => readArguments(["--var", "my-secret-value"], undefined)).not.toThrow(/my-secret/);
  });
});

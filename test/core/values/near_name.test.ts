import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { nearestName } from "../../../src/core/values/near_name.ts";
import { VARIABLES } from "../../../src/config/variables.ts";

const NAMES = Object.keys(VARIABLES);

describe("the nearest name", () => {
  test.each([
    ["SEAM_API_KYE", "SEAM_API_KEY"],
    ["SEAM_APIKEY", "SEAM_API_KEY"],
    ["SEAMAPIKEY", "SEAM_API_KEY"],
    ["seam_api_key", "SEAM_API_KEY"],
    ["SEAM-API-KEY", "SEAM_API_KEY"],
    ["SEAM_KEY", "SEAM_API_KEY"],
    ["VECTRA_API_KEY", "VECTARA_API_KEY"],
    ["VECTARA_API_KEYS", "VECTARA_API_KEY"],
    ["API_KEY", "API_KEYS"],
    ["LETHE_SECERT", "LETHE_SECRET"],
    ["BRAKE_PERCENT", "BRAKE_PERCENT_MAX"],
    ["WEBHOOK", "WEBHOOKS"],
    ["PLANS", "PLAN"],
  ])("of %s is %s", (text, name) => {
    expect(nearestName(text, NAMES)).toBe(name);
  });

  test.each([
    "SEAM_EU_API_KEY",
    "OPENAI_KEY",
    "HOOK_SECRET",
    "RESOURCES_URL",
    "PORT",
    "PLACE",
    "AGE",
    "KEY",
    "METRICS",
    "NODE_ENV",
    "",
  ])("of %j is none", (text) => {
    expect(nearestName(text, NAMES)).toBeNull();
  });

  it("is the nearest of several, and the name itself before all others", () => {
    expect(nearestName("HOLDS", ["HOLDER", "HOLD", "HOLDS"])).toBe("HOLDS");
    expect(nearestName("CALLBACKS_A", ["CALLBACK_AB", "CALLBACK_A"])).toBe("CALLBACK_A");
  });

  it("is found whatever one letter is lost, doubled, wrong or swapped with the next", () => {
    const slip = fc.record({
      name: fc.constantFrom(...NAMES),
      at: fc.nat(),
      kind: fc.constantFrom("lost", "doubled", "wrong", "swapped"),
    });
    fc.assert(
      fc.property(slip, ({ name, at, kind }) => {
        const index = at % (name.length - 1);
        const [before, letter, rest] = [
          name.slice(0, index),
          name.charAt(index),
          name.slice(index + 1),
        ];
        const text = {
          lost: before + rest,
          doubled: before + letter + letter + rest,
          wrong: `${before}Q${rest}`,
          swapped: before + rest.charAt(0) + letter + rest.slice(1),
        }[kind];
        // Two letters of a name of four are another name.
        fc.pre(name.length > 4);
        expect(nearestName(text, NAMES)).toBe(name);
      }),
    );
  });

  it("of one variable of ours is never another", () => {
    for (const name of NAMES) {
      const others = NAMES.filter((one) => one !== name);
      expect([name, nearestName(name, others)]).toEqual([name, null]);
    }
  });
});

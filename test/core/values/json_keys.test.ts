import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstRepeated, wrongKeys } from "../../../src/core/values/json_keys.ts";

const UNUSABLE = "this key cannot be used: remove it";
const REPEATED = "this key stands twice in one object: leave one of them";

describe("keys that a parsed document would not show as they were written", () => {
  test.each([
    ["at the top", '{"__proto__":1}', "__proto__", UNUSABLE],
    ["below", '{"match":{"metadata":{"a":1,"__proto__":2}}}', "match.metadata.__proto__", UNUSABLE],
    ["escaped", '{"\\u005f_proto_\\u005f":1}', "__proto__", UNUSABLE],
    ["in a list", '[1,{"a":{}},{"__proto__":1}]', "[2].__proto__", UNUSABLE],
    ["twice", '{"a":1,"b":2,"a":1}', "a", REPEATED],
    ["twice, once escaped", '{"a":1,"\\u0061":2}', "a", REPEATED],
    ["twice below", '{"x":[{"y":{"a":1,"a":2}}]}', "x[0].y.a", REPEATED],
    ["twice, with objects between", '{"a":{"b":[]},"c":"}","a":{}}', "a", REPEATED],
    ["twice, with white space", ' { "a" : 1 ,\n "a" : 2 } ', "a", REPEATED],
  ])("%s", (_, text, field, message) => {
    expect(wrongKeys(text)).toEqual([{ field, message }]);
  });

  test.each([
    ["values of these names", '{"a":"__proto__","b":["a","a"],"c":"\\"a\\":1,"}'],
    ["one key in two objects", '{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}'],
    ["other names of prototypes, which nothing loses", '{"constructor":1,"prototype":{"a":1}}'],
    ["keys like brackets", '{"{":1,"}":2,"[":3,",":4,":":5,"\\\\":6}'],
    ["no object", '"__proto__"'],
  ])("not: %s", (_, text) => {
    expect(wrongKeys(text)).toEqual([]);
  });

  test("tells at most twenty", () => {
    expect(wrongKeys(`{${Array(1000).fill('"a":1').join(",")}}`)).toHaveLength(20);
  });

  test("the first that stands twice is found behind any number of others", () => {
    const unusable = Array(100).fill('{"__proto__":1}').join(",");
    expect(firstRepeated(`{"x":[${unusable}],"a":{"b":1,"b":2},"c":1,"c":2}`)).toBe("a.b");
    expect(firstRepeated(`[${unusable}]`)).toBeNull();
  });

  test("property: none in what was written from a value, and each one that is put in is found", () => {
    const key = fc.string().filter((name) => name !== "__proto__");
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 1.5, "a", '"', "\\", "__proto__"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, key, fc.nat(4), (inner, name, space) => {
        const text = JSON.stringify(inner, null, space);
        expect(wrongKeys(text)).toEqual([]);
        const once = `${JSON.stringify(name)}:${text}`;
        expect(wrongKeys(`[{${once}}]`)).toEqual([]);
        expect(wrongKeys(`[{${once},${once}}]`)).toHaveLength(1);
        expect(wrongKeys(`[{${once},"__proto__":${text}}]`)).toHaveLength(1);
      }),
    );
  });
});

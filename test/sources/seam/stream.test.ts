import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../../src/sources/fault.ts";
import { LIST } from "../../../src/sources/seam/list.ts";
import { OVERSIZED } from "../../../src/sources/json/list_scanner.ts";
import {
  ListScanner,
  VALUE_BYTES,
  type ListShape,
} from "../../../src/sources/json/list_scanner.ts";

const encoder = new TextEncoder();

interface Scan {
  readonly rows: unknown[];
  readonly fault: Fault | null;
  readonly buffered: number;
}

/** Scans a text cut at the given bytes. */
function scan(
  text: string | Uint8Array,
  cuts: readonly number[] = [],
  shape: ListShape = LIST,
): Scan {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const rows: unknown[] = [];
  const scanner = new ListScanner(shape, (row) => {
    rows.push(row);
    return null;
  });
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    // A copy, as from the network: nothing may be kept of a piece once it has been read.
    const piece = bytes.slice(from, Math.max(from, to));
    scanner.push(piece);
    piece.fill(0);
    from = Math.max(from, to);
  }
  return { rows, fault: scanner.end(), buffered: scanner.buffered };
}

/** Space that JSON allows between its tokens, put in by hand because JSON.stringify has none. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const row = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }));
const members = fc.array(
  fc.tuple(
    fc
      .string({ unit: "grapheme" })
      .filter((key) => !["client_sessions", "ok", "pagination"].includes(key)),
    fc.jsonValue({ maxDepth: 3 }),
  ),
  { maxLength: 3 },
);

const document = fc
  .record({
    rows: fc.array(row, { maxLength: 6 }),
    before: members,
    after: members,
    s: space,
    ok: fc.boolean(),
  })
  .map(({ rows, before, after, s, ok }) => {
    const list = `[${s}${rows.map((one) => JSON.stringify(one)).join(`${s},${s}`)}${s}]`;
    const parts = [
      ...before.map(([key, value]) => `${JSON.stringify(key)}${s}:${s}${JSON.stringify(value)}`),
      `"client_sessions"${s}:${s}${list}`,
      ...after.map(([key, value]) => `${JSON.stringify(key)}${s}:${s}${JSON.stringify(value)}`),
      ...(ok ? ['"ok":true'] : []),
    ];
    return { rows, text: `${s}{${s}${parts.join(`${s},${s}`)}${s}}${s}` };
  });

describe("a list cut into pieces", () => {
  it("gives the same sessions however it is cut", () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(4000), { maxLength: 20 }), ({ rows, text }, cuts) => {
        const read = scan(text, cuts);
        expect(read.fault).toBeNull();
        expect(JSON.stringify(read.rows)).toBe(JSON.stringify(rows));
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same sessions byte by byte", () => {
    fc.assert(
      fc.property(document, ({ rows, text }) => {
        const size = encoder.encode(text).length;
        const read = scan(
          text,
          Array.from({ length: size }, (_, i) => i),
        );
        expect(read.fault).toBeNull();
        expect(JSON.stringify(read.rows)).toBe(JSON.stringify(rows));
      }),
      { numRuns: 200 },
    );
  });

  it("is never complete when it broke off, wherever that was", () => {
    fc.assert(
      fc.property(document, fc.nat(), ({ text }, at) => {
        const bytes = encoder.encode(text.trimEnd());
        expect(scan(bytes.subarray(0, at % bytes.length)).fault).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it("calls a list that broke off unavailable, for it may be whole the next time", () => {
    const text = '{"client_sessions":[{"a":1},{"b":"}]"}],"ok":true}';
    for (let length = 0; length < text.length; length += 1) {
      expect(scan(text.slice(0, length)).fault).toMatchObject({ kind: "unavailable" });
    }
    expect(scan(text).fault).toBeNull();
  });

  it("never takes for a list what JSON.parse refuses", () => {
    const text = '{"client_sessions":[{"a":[1,"x\\n"]},{"b":null}],"ok":true}';
    const chars = '{}[],:"\\0x é'.split("");
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...chars), (at, char) => {
        const changed = text.slice(0, at) + char + text.slice(at + 1);
        expect(scan(changed).fault !== null || isList(changed)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

function isList(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { client_sessions?: unknown }).client_sessions);
  } catch {
    return false;
  }
}

describe("a list that must not be believed", () => {
  it.each([
    ["HTML", "<!doctype html><html></html>"],
    ["an array", '[{"client_session_id":"a"}]'],
    ["a text", '"client_sessions"'],
    ["no list", '{"ok":true}'],
    ["an empty object", "{}"],
    ["null for a list", '{"client_sessions":null}'],
    ["an object for a list", '{"client_sessions":{}}'],
    ["two lists", '{"client_sessions":[],"client_sessions":[]}'],
    ["ok false after the list", '{"client_sessions":[],"ok":false}'],
    ["ok false before the list", '{"ok":false,"client_sessions":[]}'],
    ["ok false under an escaped key", '{"client_sessions":[],"\\u006fk":false}'],
    ["a page of more", '{"client_sessions":[],"pagination":{"has_next_page":true}}'],
    ["something after the end", '{"client_sessions":[]}{'],
    ["a comma at the end", '{"client_sessions":[{},]}'],
    ["a missing comma", '{"client_sessions":[{}{}]}'],
    ["a comma at the front", '{"client_sessions":[,{}]}'],
    ["a comma before the end of the envelope", '{"client_sessions":[],}'],
    ["a key that is no text", "{client_sessions:[]}"],
    ["brackets that do not match", '{"client_sessions":[{"a":[1}]]}'],
    ["a control character in a text", '{"client_sessions":["\n"]}'],
    ["a mark of byte order in a value", '{"client_sessions":[\uFEFF1]}'],
  ])("refuses %s", (_, text) => {
    expect(scan(text).fault).toMatchObject({ kind: "invalid" });
  });

  it("refuses bytes that are not UTF-8", () => {
    const bytes = encoder.encode('{"client_sessions":["x"]}');
    bytes[bytes.indexOf(0x78)] = 0xff;
    expect(scan(bytes).fault).toMatchObject({ kind: "invalid" });
  });

  it("takes a last page for the whole", () => {
    const text =
      '{"client_sessions":[],"pagination":{"has_next_page":false,"next_page_cursor":null}}';
    expect(scan(text).fault).toBeNull();
  });

  it("says nothing of what it read", () => {
    const fault = scan('{"client_sessions":[{"token":"seam_cst_secret" "x"}]}').fault;
    expect(JSON.stringify(fault)).not.toContain("secret");
  });
});

describe("the scanner's bounds", () => {
  const sized = (bytes: number): string => `{"client_sessions":["${"x".repeat(bytes - 2)}"]}`;
  const cuts = Array.from({ length: 300 }, (_, i) => i * 1000);

  it("reads a session of the largest size and holds no more", () => {
    const read = scan(sized(VALUE_BYTES), cuts);
    expect(read.fault).toBeNull();
    expect(read.buffered).toBeLessThanOrEqual(VALUE_BYTES);
  });

  it("refuses a larger one that is no object, in one piece or in many", () => {
    for (const pieces of [[], cuts]) {
      const read = scan(sized(VALUE_BYTES + 1), pieces);
      expect(read).toMatchObject({ rows: [], fault: { kind: "invalid" } });
      expect(read.buffered).toBeLessThanOrEqual(2 * VALUE_BYTES);
    }
  });

  it("refuses a row that is no object and nested too deep, before it is parsed", () => {
    const nested = (depth: number): string =>
      `{"client_sessions":[${"[".repeat(depth)}${"]".repeat(depth)}]}`;
    expect(scan(nested(64)).fault).toBeNull();
    expect(scan(nested(65)).fault).toMatchObject({ kind: "invalid" });
    expect(scan(nested(100_000)).fault).toMatchObject({ kind: "invalid" });
  });

  it("stops at the first fault of its reader", () => {
    let seen = 0;
    const fault: Fault = { kind: "invalid", detail: "enough" };
    const scanner = new ListScanner(LIST, () => (++seen === 2 ? fault : null));
    expect(scanner.push(encoder.encode('{"client_sessions":[1,2,3,4]}'))).toBe(fault);
    expect(scanner.push(encoder.encode("5"))).toBe(fault);
    expect(scanner.end()).toBe(fault);
    expect(seen).toBe(2);
  });
});

describe("a row that is too large to be parsed as a whole", () => {
  const small: ListShape = {
    ...LIST,
    fields: new Set(["client_session_id", "workspace_id"]),
    value_bytes: 300,
  };
  const listOf = (rows: readonly unknown[]): string =>
    `{"client_sessions":${JSON.stringify(rows)}}`;
  const ids = { client_session_id: "a", workspace_id: "w" };

  it("with 7,000 accounts is read without them, and the rows beside it as they are", () => {
    const accounts = Array.from({ length: 7000 }, (_, i) => `8062d457-e28e-481f-aecc-${i + 1e11}`);
    const large = { connected_account_ids: accounts, ...ids, user_identifier_key: "jane" };
    const text = listOf([{ a: 1 }, large, { b: 2 }]);
    for (const cuts of [[], Array.from({ length: 500 }, (_, i) => i * 701)]) {
      const read = scan(text, cuts);
      expect(read.fault).toBeNull();
      expect(read.rows).toEqual([{ a: 1 }, { ...ids, user_identifier_key: "jane" }, { b: 2 }]);
      expect(read.buffered).toBeLessThanOrEqual(2 * VALUE_BYTES);
    }
  });

  it("keeps what is wanted and small, and says of what is large only that it is there", () => {
    const field = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant("y".repeat(400)));
    const filler = fc.array(fc.tuple(fc.string({ maxLength: 9 }), field), { maxLength: 4 });
    const cuts = fc.array(fc.nat(3000), { maxLength: 12 });
    fc.assert(
      fc.property(filler, field, field, filler, cuts, (before, id, scope, after, at) => {
        const written: [string, unknown][] = [
          ...before,
          ["client_session_id", id],
          ["filler", "x".repeat(300)],
          ["workspace_id", scope],
          ...after,
        ];
        const texts = written.map(
          ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
        );
        const text = `{"client_sessions":[ {${texts.join(" ,")} } ,{"last":1}]}`;
        const read = scan(text, at, small);
        expect(read.fault).toBeNull();
        const whole = JSON.parse(`{${texts.join(",")}}`) as Record<string, unknown>;
        const [first, last] = read.rows as Record<string, unknown>[];
        for (const key of small.fields) {
          const size = encoder.encode(JSON.stringify(whole[key])).length;
          expect(first?.[key]).toEqual(size > 300 ? OVERSIZED : whole[key]);
        }
        expect(Object.keys(first ?? {}).length).toBe(2);
        expect(last).toEqual({ last: 1 });
      }),
      { numRuns: 300 },
    );
  });

  it("may be nested to any depth where it is not looked at", () => {
    const deep = `${'{"a":['.repeat(50_000)}${"]}".repeat(50_000)}`;
    const text = `{"client_sessions":[{"client_session_id":"a","x":${deep},"workspace_id":"w"}]}`;
    expect(scan(text)).toMatchObject({ fault: null, rows: [ids] });
    expect(scan(text.replace('"x"', '"user_identity_ids"')).rows).toEqual([
      { ...ids, user_identity_ids: OVERSIZED },
    ]);
  });

  it.each([
    ["it breaks off", (text: string) => text.slice(0, -30), "unavailable"],
    ["brackets do not match", (text: string) => text.replace('x"]}', 'x"}}'), "invalid"],
    ["a comma is missing", (text: string) => text.replace(',"z"', ' "z"'), "invalid"],
    ["a small field is no JSON", (text: string) => text.replace(":1,", ":wrong,"), "invalid"],
  ] as const)("fails the list when %s", (_, change, kind) => {
    const text = listOf([{ ...ids, y: 1, z: { large: ["x".repeat(400)] } }]);
    expect(scan(text, [], small).fault).toBeNull();
    expect(scan(change(text), [], small).fault).toMatchObject({ kind });
  });

  it("never reads a row out of what is no JSON: bytes that are lost may not hide the rows between", () => {
    const lost = `{"client_sessions":[{"client_session_id":"a","x":["${"y".repeat(400)}"],"workspace_id":"w"},`;
    const next = lost.slice('{"client_sessions":['.length, -1);
    const cutOut = lost.replace('"],"workspace_id":"w"}', "");
    expect(scan(`${cutOut}${next.replace('":["', '":"')}]}`, [], small).fault).not.toBeNull();

    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(fc.string({ unit: fc.constantFrom(...Array.from(']}[{",:\\x')) }), { maxLength: 8 }),
    );
    const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 4 });
    const odd = fc.constantFrom("", ...Array.from('"\\[]{},:tx-0'), "]}", '"]}', ',"');
    const tiny = { ...small, value_bytes: 40 };
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(60), odd, fc.nat(300), (given, at, length, put, cut) => {
        const list = given.map(([x, y, z], i) => ({ client_session_id: i, x, workspace_id: y, z }));
        const text = listOf(list);
        const from = at % text.length;
        const garbled = text.slice(0, from) + put + text.slice(from + length);
        fc.pre(!isJson(garbled));
        expect(scan(garbled, [cut], tiny).fault).not.toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  it("fails the list for a byte that is no UTF-8, wherever it is cut and passed over", () => {
    const bytes = encoder.encode(listOf([{ ...ids, z: [{ "€": "ä€😀".repeat(60) }] }]));
    const [first, last] = [bytes.indexOf(0xe2), bytes.lastIndexOf(0x80)];
    fc.assert(
      fc.property(fc.integer({ min: first, max: last }), fc.array(fc.nat(700)), (at, cuts) => {
        expect(scan(bytes, cuts, small).fault).toBeNull();
        expect(scan(bytes.with(at, 0xff), cuts, small).fault).toMatchObject({ kind: "invalid" });
      }),
    );
  });

  it("passes over members of the answer that are large, but not over those it must judge", () => {
    const large = JSON.stringify("x".repeat(400));
    expect(scan(`{"notes":${large},"client_sessions":[]}`, [], small).fault).toBeNull();
    const pages = `{"client_sessions":[],"pagination":{"has_next_page":false,"x":${large}}}`;
    expect(scan(pages, [], small).fault).toMatchObject({ kind: "invalid" });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine, readCsv } from "../../../scripts/lethe/people/csv.ts";

test("reads what RFC 4180 allows, with the line of each record", () => {
  const text = '\uFEFFa,b\r\n"x\r\ny","say ""hi"""\n\n,\nlast,1';
  expect(readCsv(text)).toEqual({
    ok: true,
    value: [
      { line: 1, fields: ["a", "b"] },
      { line: 2, fields: ["x\r\ny", 'say "hi"'] },
      { line: 5, fields: ["", ""] },
      { line: 6, fields: ["last", "1"] },
    ],
  });
});

test("reads back whatever was written", () => {
  const unit = fc.constantFrom("a", '"', ",", "\n", "\r\n", " ", "ä", "0");
  const cell = fc.string({ unit }).map((text) => (/^\s/.test(text) ? `x${text}` : text));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })), (rows) => {
      const read = readCsv(rows.map((row) => `${csvLine(row)}\r\n`).join(""));
      expect(read.ok && read.value.map(({ fields }) => fields)).toEqual(rows);
    }),
  );
});

test.each(["=1+1", "+1", "-1", "@x", "\t=1", " =1", "|x", "%x", "\r=1", "＝1", " ＠x"])(
  "no spreadsheet takes the text %j for a formula",
  (text) => {
    expect(csvLine([text]).replace(/^"/, "")).toBe(`'${text}${/[\r\t]/.test(text) ? '"' : ""}`);
  },
);

test.each(["a;=1+1", "a\t=1+1"])(
  "a spreadsheet that parts cells elsewhere than at commas leaves %j whole",
  (text) => {
    expect(csvLine([text, 1])).toBe(`"${text}",1`);
  },
);

test("a number stays a number", () => {
  expect(csvLine(["a", -3, 4.5])).toBe("a,-3,4.5");
});

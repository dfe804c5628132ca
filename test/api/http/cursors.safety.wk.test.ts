import { describe, expect, it } from "vitest";
import type { PageRequest } from "../../../src/contract/registrar.ts";
import { createHarness } from "../../support/openapi/harness.ts";

describe("the cursor of a list of ids", () => {
  const LAST = "0123456789abcdefghjkmnpqrs";
  const all = (text: string) =>
    [text, Buffer.from(text, "base64url").toString("latin1")].flatMap((one) => [
      one,
      Buffer.from(one.split(":").at(-1) ?? "", "base64").toString("latin1"),
    ]);

  it.each([
    ["sweeps", "swp", {}],
    ["erasures", "ers", {}],
    ["holds", "hld", {}],
    ["holds", "hld", { LETHE_SECRET: "" }],
  ] as const)("of %s tells nothing, and is one of its own or a 400", async (kind, prefix, vars) => {
    const { ask, registrar } = await createHarness(vars);
    const last = `${prefix}_${LAST}`;
    const asked: (string | null)[] = [];
    registrar[kind] = ({ cursor }: PageRequest) => {
      asked.push(cursor);
      return Promise.resolve({ data: [], next_cursor: last });
    };
    const next = async (list: string) => String((await ask(`/v1/${list}`)).body["next_cursor"]);
    const cursor = await next(kind);
    expect(all(cursor).filter((text) => text.includes(LAST))).toEqual([]);
    // The end of a page may be another tenant's: not even two pages that end alike show it.
    expect(await next(kind)).not.toBe(cursor);
    expect((await ask(`/v1/${kind}?cursor=${cursor}`)).status).toBe(200);
    expect(asked).toEqual([null, null, last]);
    const other = kind === "sweeps" ? "holds" : "sweeps";
    registrar[other] = () => Promise.resolve({ data: [], next_cursor: last });
    const madeUp = [
      "zzz",
      last,
      Buffer.from(last).toString("base64url"),
      cursor.slice(0, -1),
      `${cursor}A`,
      await next(other),
    ];
    for (const one of madeUp) {
      expect((await ask(`/v1/${kind}?cursor=${one}`)).body).toMatchObject({
        code: "invalid_request",
        errors: [{ field: "cursor" }],
      });
    }
    expect(asked).toHaveLength(3);
  });
});

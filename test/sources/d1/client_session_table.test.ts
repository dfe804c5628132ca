import { describe, expect, test } from "vitest";
import { matchSubject, type Identifier } from "../../../src/core/session/subject.ts";
import type { SourceConfig } from "../../../src/sources/provider.ts";
import { clientSessionTable } from "../../../src/sources/d1/client_session_table.ts";

const NOBODY: unknown = null;
// What a client session is does not depend on how its source is configured.
const CONFIG = {} as SourceConfig;

/** A row as the store selects it; an imported record keeps whatever fields it was given. */
function match(key: string | null, person: readonly unknown[], ...identifiers: Identifier[]) {
  const row = { scope: "w", id: "s", version: 1, user_identifier_key: key };
  const session = clientSessionTable.toSession({ ...row, person: JSON.stringify(person) }, CONFIG);
  return matchSubject(identifiers, session).kind;
}

describe("whom an imported client session names", () => {
  const key = { type: "user_identifier_key", value: "jane" };
  const identity = { type: "user_identity_id", value: "i1" };

  test.each([
    ["in a field", ["i1", NOBODY, NOBODY, NOBODY]],
    ["in a list", [NOBODY, ["i1"], NOBODY, NOBODY]],
    ["as a text where a list is usual", [NOBODY, "i1", NOBODY, NOBODY]],
  ])("an identity %s is found", (_name, person) => {
    expect(match(null, person, identity)).toBe("match");
  });

  test("an identity that cannot be compared makes a session of two people", () => {
    expect(match(null, [NOBODY, ["i1", { id: "i2" }], NOBODY, NOBODY], identity)).toBe("shared");
    expect(match("jane", [NOBODY, [5, "i2"], NOBODY, NOBODY], key)).toBe("shared");
    expect(match("jane", [NOBODY, [5], NOBODY, NOBODY], key, identity)).toBe("conflict");
  });

  test("an empty text names nobody, and contradicts nothing", () => {
    expect(match("jane", ["", [], "", NOBODY], key, identity)).toBe("match");
  });
});

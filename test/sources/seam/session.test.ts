import { describe, expect, it } from "vitest";
import { readSession } from "../../../src/sources/seam/schema.ts";
import { DOCUMENT_SESSION } from "../../support/documented_session.ts";

function person(row: object): Record<string, readonly unknown[]> {
  const read = readSession({ ...DOCUMENT_SESSION, ...row });
  if (!read.ok) {
    throw new Error(read.error.detail);
  }
  return Object.fromEntries(read.value.person.map(({ type, values }) => [type, values]));
}

describe("a client session in normal form", () => {
  it("is read from the document's example, without its token", () => {
    const read = readSession(DOCUMENT_SESSION);
    expect(read).toEqual({
      ok: true,
      value: {
        scope: DOCUMENT_SESSION.workspace_id,
        id: DOCUMENT_SESSION.client_session_id,
        clocks: {
          // Microseconds are rounded up: never due early.
          expires_at: Date.parse("2025-06-19T15:22:40Z"),
          created_at: Date.parse("2025-06-15T16:54:17.947Z"),
        },
        activity_read: true,
        busy: false,
        person: [
          { type: "user_identifier_key", values: ["jane_doe"] },
          { type: "user_identity_id", values: [DOCUMENT_SESSION.user_identity_id] },
          { type: "customer_key", values: [DOCUMENT_SESSION.customer_id] },
          { type: "client_session_id", values: [DOCUMENT_SESSION.client_session_id] },
        ],
        parent: null,
        version: 0,
        metadata: null,
      },
    });
    expect(JSON.stringify(read)).not.toContain("seam_cst");
  });

  it("reads clocks with an offset, and keeps unreadable ones null", () => {
    const read = readSession({
      ...DOCUMENT_SESSION,
      expires_at: "2025-06-15T18:00:00+02:00",
      created_at: 5,
    });
    expect(read).toMatchObject({
      value: { clocks: { expires_at: Date.parse("2025-06-15T16:00:00Z"), created_at: null } },
    });
    expect(readSession({ ...DOCUMENT_SESSION, expires_at: null })).toMatchObject({
      value: { clocks: { expires_at: null } },
    });
  });

  it("names nobody where people are null, absent or empty", () => {
    for (const value of [null, undefined, ""]) {
      expect(
        person({ user_identifier_key: value, user_identity_id: value, customer_id: value }),
      ).toEqual({
        client_session_id: [DOCUMENT_SESSION.client_session_id],
      });
    }
  });

  it("of which only the id can be read is told by its id", () => {
    const { client_session_id: id, workspace_id: scope } = DOCUMENT_SESSION;
    const refOf = (change: object): unknown => {
      const read = readSession({ ...DOCUMENT_SESSION, ...change });
      return read.ok ? "readable" : read.error.ref;
    };
    expect(refOf({ customer_key: 7 })).toEqual({ scope, id });
    expect(refOf({ user_identity_ids: ["a", null, { b: 1 }] })).toEqual({ scope, id });
    expect(refOf({ workspace_id: 7 })).toEqual({ scope: "", id });
    expect(refOf({ client_session_id: 7 })).toBeNull();
    expect(refOf({ expires_at: 7, device_count: "many" })).toBe("readable");
  });

  it("names every identity, once", () => {
    const { user_identity_id: values } = person({
      user_identity_id: "a",
      user_identity_ids: ["a", "b"],
    });
    expect(values).toEqual(["a", "b"]);
  });

  it("takes customer_key before the older customer_id", () => {
    expect(person({ customer_key: "hotel" })["customer_key"]).toEqual(["hotel"]);
  });

  it.each([
    ["no object", null],
    ["a list", [DOCUMENT_SESSION]],
    ["no id", { ...DOCUMENT_SESSION, client_session_id: undefined }],
    ["an id that is no text", { ...DOCUMENT_SESSION, client_session_id: 7 }],
    ["an empty id", { ...DOCUMENT_SESSION, client_session_id: "" }],
    ["an endless id", { ...DOCUMENT_SESSION, client_session_id: "x".repeat(201) }],
    ["no workspace", { ...DOCUMENT_SESSION, workspace_id: null }],
    ["a person who is no text", { ...DOCUMENT_SESSION, user_identifier_key: { a: 1 } }],
    ["an identity who is no text", { ...DOCUMENT_SESSION, user_identity_ids: [7] }],
    ["a customer who is no text", { ...DOCUMENT_SESSION, customer_key: 7 }],
  ])("cannot be read from %s, and the reason quotes nothing", (_, row) => {
    const read = readSession(row);
    expect(read.ok).toBe(false);
    expect(read.ok ? "" : read.error.detail).not.toMatch(/jane_doe|c2cbd177|seam_cst/);
  });
});

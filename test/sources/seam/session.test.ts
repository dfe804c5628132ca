import { describe, expect, it } from "vitest";
import { readSession } from "../../../src/sources/seam/schema.ts";

/** The example of the document "Get a client session". */
const DOCUMENTED = {
  client_session_id: "c2cbd177-1ace-414b-bb1e-9f129e4a05c1",
  connect_webview_ids: ["dafe6400-7484-4fd1-8c17-1c901b444250"],
  connected_account_ids: ["8062d457-e28e-481f-aecc-509905627511"],
  created_at: "2025-06-15T16:54:17.946309Z",
  customer_id: "e387e15f-be27-47ad-881f-4a6fc5460c57",
  device_count: 1,
  expires_at: "2025-06-19T15:22:40.000Z",
  token: "seam_cst1891oqCmD_6dBwV8PJ2Fsoe9dWYVyMfVHq",
  user_identifier_key: "jane_doe",
  user_identity_id: "89765fd3-6193-4d63-8605-e77f75356555",
  workspace_id: "b887bf84-9849-4454-a562-cf84293d9781",
};

function person(row: object): Record<string, readonly unknown[]> {
  const read = readSession({ ...DOCUMENTED, ...row });
  if (!read.ok) {
    throw new Error(read.error.detail);
  }
  return Object.fromEntries(read.value.person.map(({ type, values }) => [type, values]));
}

describe("a client session in normal form", () => {
  it("is read from the document's example, without its token", () => {
    const read = readSession(DOCUMENTED);
    expect(read).toEqual({
      ok: true,
      value: {
        scope: DOCUMENTED.workspace_id,
        id: DOCUMENTED.client_session_id,
        clocks: {
          // Microseconds are rounded up: never due early.
          expires_at: Date.parse("2025-06-19T15:22:40Z"),
          created_at: Date.parse("2025-06-15T16:54:17.947Z"),
        },
        activity_read: true,
        busy: false,
        person: [
          { type: "user_identifier_key", values: ["jane_doe"] },
          { type: "user_identity_id", values: [DOCUMENTED.user_identity_id] },
          { type: "customer_key", values: [DOCUMENTED.customer_id] },
          { type: "client_session_id", values: [DOCUMENTED.client_session_id] },
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
      ...DOCUMENTED,
      expires_at: "2025-06-15T18:00:00+02:00",
      created_at: 5,
    });
    expect(read).toMatchObject({
      value: { clocks: { expires_at: Date.parse("2025-06-15T16:00:00Z"), created_at: null } },
    });
    expect(readSession({ ...DOCUMENTED, expires_at: null })).toMatchObject({
      value: { clocks: { expires_at: null } },
    });
  });

  it("names nobody where people are null, absent or empty", () => {
    for (const value of [null, undefined, ""]) {
      expect(
        person({ user_identifier_key: value, user_identity_id: value, customer_id: value }),
      ).toEqual({
        client_session_id: [DOCUMENTED.client_session_id],
      });
    }
  });

  it("of which only the id can be read is told by its id", () => {
    const { client_session_id: id, workspace_id: scope } = DOCUMENTED;
    const refOf = (change: object): unknown => {
      const read = readSession({ ...DOCUMENTED, ...change });
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
    ["a list", [DOCUMENTED]],
    ["no id", { ...DOCUMENTED, client_session_id: undefined }],
    ["an id that is no text", { ...DOCUMENTED, client_session_id: 7 }],
    ["an empty id", { ...DOCUMENTED, client_session_id: "" }],
    ["an endless id", { ...DOCUMENTED, client_session_id: "x".repeat(201) }],
    ["no workspace", { ...DOCUMENTED, workspace_id: null }],
    ["a person who is no text", { ...DOCUMENTED, user_identifier_key: { a: 1 } }],
    ["an identity who is no text", { ...DOCUMENTED, user_identity_ids: [7] }],
    ["a customer who is no text", { ...DOCUMENTED, customer_key: 7 }],
  ])("cannot be read from %s, and the reason quotes nothing", (_, row) => {
    const read = readSession(row);
    expect(read.ok).toBe(false);
    expect(read.ok ? "" : read.error.detail).not.toMatch(/jane_doe|c2cbd177|seam_cst/);
  });
});

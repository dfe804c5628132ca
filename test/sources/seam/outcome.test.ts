import { describe, expect, it } from "vitest";
import { faultOfStatus, parseJson } from "../../../src/sources/answer.ts";
import type { Fault } from "../../../src/sources/fault.ts";
import type { Answer } from "../../../src/sources/http.ts";
import { readOutcome, removalOutcome } from "../../../src/sources/seam/outcome.ts";

const REF = { scope: "workspace", id: "session" };
const ROW = { client_session_id: "session", workspace_id: "workspace" };
const GONE = { error: { type: "client_session_not_found", message: "x" }, ok: false };
const LOST: Fault = { kind: "unavailable", detail: "lost" };

/** An answer with a body; a text stands for a body that is not JSON. */
function answer(
  status: number,
  body: unknown,
  broken: Fault | null = null,
): { ok: true; value: Answer } {
  const headers = new Headers();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text);
  return {
    ok: true,
    value: {
      status,
      headers,
      fault: faultOfStatus(status, headers, 0, null),
      json: broken === null ? parseJson(bytes) : undefined,
      bytes: bytes.length,
      broken,
    },
  };
}

describe("what an answer to a removal means", () => {
  it.each([
    [200, {}, "deleted"],
    [200, { ok: true }, "deleted"],
    [201, { ok: null }, "deleted"],
    [200, { ok: false }, "unknown"],
    [200, [], "unknown"],
    [200, null, "unknown"],
    [200, "", "unknown"],
    [200, "<html>Hello</html>", "unknown"],
    [204, "", "unknown"],
    [302, "", "failed"],
    [304, "", "failed"],
    [400, { error: { type: "invalid_input" }, ok: false }, "refused"],
    [400, GONE, "refused"],
    [401, { error: { type: "unauthorized" } }, "failed"],
    [401, GONE, "failed"],
    [403, "", "failed"],
    [404, GONE, "absent"],
    [404, { error: { type: "client_session_not_found" } }, "absent"],
    [404, { error: { type: "workspace_not_found" }, ok: false }, "failed"],
    [404, { type: "client_session_not_found" }, "failed"],
    [404, "404", "failed"],
    [404, "<html>Not found</html>", "failed"],
    [405, { error: { type: "method_not_allowed" } }, "failed"],
    [408, "", "unknown"],
    [409, {}, "refused"],
    [422, {}, "refused"],
    [429, "", "failed"],
    [500, GONE, "unknown"],
    [503, "", "unknown"],
  ])("%i with %j is %s", (status, body, kind) => {
    expect(removalOutcome(answer(status, body)).kind).toBe(kind);
  });

  it("names the fault by the status", () => {
    const fault = (status: number): string => {
      const removal = removalOutcome(answer(status, "x"));
      return "fault" in removal ? removal.fault.kind : "none";
    };
    expect([302, 401, 403, 404, 429, 500].map(fault)).toEqual([
      "invalid",
      "unauthorized",
      "forbidden",
      "invalid",
      "throttled",
      "unavailable",
    ]);
  });

  it("is unknown when the end of a 2xx was not seen", () => {
    expect(removalOutcome(answer(200, {}, LOST))).toEqual({ kind: "unknown", fault: LOST });
  });

  it("is not absent when the end of a 404 was not seen", () => {
    expect(removalOutcome(answer(404, GONE, LOST)).kind).toBe("failed");
  });

  it("is unknown when it may have been sent, and failed when it surely was not", () => {
    expect(removalOutcome({ ok: false, error: { fault: LOST, sent: true } }).kind).toBe("unknown");
    expect(removalOutcome({ ok: false, error: { fault: LOST, sent: false } }).kind).toBe("failed");
  });
});

describe("what an answer to a read means", () => {
  it("is the session, with or without ok", () => {
    for (const body of [{ client_session: ROW }, { client_session: ROW, ok: true }]) {
      expect(readOutcome(answer(200, body), REF)).toMatchObject({ ok: true, value: REF });
    }
  });

  it("is null only by Seam's own word", () => {
    expect(readOutcome(answer(404, GONE), REF)).toEqual({ ok: true, value: null });
  });

  it.each([
    [404, "404", "invalid"],
    [404, { error: { type: "workspace_not_found" } }, "invalid"],
    [401, GONE, "unauthorized"],
    [200, GONE, "invalid"],
    [200, "<html>", "invalid"],
    [200, {}, "invalid"],
    [200, { client_session: null }, "invalid"],
    [200, { client_session: ROW, ok: false }, "invalid"],
    [200, { client_session: { ...ROW, client_session_id: "another" } }, "invalid"],
    [200, { client_session: { ...ROW, workspace_id: "another" } }, "invalid"],
    [500, { client_session: ROW }, "unavailable"],
  ])("is a fault for %i with %j", (status, body, kind) => {
    expect(readOutcome(answer(status, body), REF)).toMatchObject({ ok: false, error: { kind } });
  });

  it("is a fault when the end of the answer was not seen", () => {
    expect(readOutcome(answer(200, {}, LOST), REF)).toEqual({ ok: false, error: LOST });
  });
});

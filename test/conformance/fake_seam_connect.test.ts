import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { err, ok } from "../../src/core/values/result.ts";
import { openSeam, SEAM_LIMITS } from "../../src/sources/seam/source.ts";
import type { Turn } from "../../src/sources/source.ts";
import { startSeamOwnFake, type SeamOwnFake } from "./seam_own_fake.ts";
import { API_KEY, startWorker, type BuiltWorker } from "./seam_worker.ts";

// Seam's own fake knows create, get and get_or_create: on these our routes must answer as it does, and
// our client must read it.

const UNKNOWN = "00000000-0000-4000-8000-000000000000";

let worker: BuiltWorker;
let fake: SeamOwnFake;

beforeAll(async () => {
  [worker, fake] = await Promise.all([startWorker(), startSeamOwnFake()]);
});

afterAll(async () => {
  await Promise.all([worker.close(), fake.close()]);
});

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** None is sent when null, a wrong one when given. */
  readonly key?: string | null;
}

/** The same request to both, each with its own key. */
async function askBoth({ method, path, body, headers, key }: Ask) {
  const ask = async (url: string, ownKey: string) => {
    const authorization = key === null ? {} : { authorization: `Bearer ${key ?? ownKey}` };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", ...authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { ours: await ask(worker.url, API_KEY), theirs: await ask(fake.url, fake.api_key) };
}

/** Without what only the fake says in a development build: the stack. */
function errorOf(text: string): unknown {
  const { error, ok: isOk } = JSON.parse(text) as { error: Record<string, unknown>; ok?: boolean };
  return { type: error["type"], message: error["message"], tree: error["validation_errors"], isOk };
}

describe("both refuse alike, to the word:", () => {
  it.each<[string, Ask]>([
    ["an unknown key", { method: "POST", path: "/client_sessions/get", body: "{}", key: "seam_x" }],
    [
      "no key before a wrong method",
      { method: "PUT", path: "/client_sessions/get", key: "seam_x" },
    ],
    ["a wrong method of get", { method: "PUT", path: "/client_sessions/get", body: "{}" }],
    ["a wrong method of create", { method: "DELETE", path: "/client_sessions/create" }],
    [
      "an unknown session",
      {
        method: "POST",
        path: "/client_sessions/get",
        body: JSON.stringify({ client_session_id: UNKNOWN }),
      },
    ],
    [
      "an unknown session in a query",
      { method: "GET", path: `/client_sessions/get?client_session_id=${UNKNOWN}&_strict=true` },
    ],
    [
      "an unknown user",
      { method: "POST", path: "/client_sessions/get", body: '{"user_identifier_key":"x"}' },
    ],
    ["no parameters", { method: "POST", path: "/client_sessions/get", body: "{}" }],
    [
      "a number",
      { method: "POST", path: "/client_sessions/get", body: '{"user_identifier_key":7}' },
    ],
    [
      "two faults",
      {
        method: "POST",
        path: "/client_sessions/get",
        body: '{"user_identifier_key":7,"client_session_id":null}',
      },
    ],
    [
      "a list that is none",
      { method: "POST", path: "/client_sessions/create", body: '{"connect_webview_ids":"x"}' },
    ],
    [
      "a wrong element",
      {
        method: "POST",
        path: "/client_sessions/create",
        body: '{"connected_account_ids":["a",1,["b"]]}',
      },
    ],
    ["no object", { method: "POST", path: "/client_sessions/create", body: "[]" }],
    [
      "another content type",
      {
        method: "POST",
        path: "/client_sessions/get",
        body: "client_session_id=x",
        headers: { "content-type": "text/plain" },
      },
    ],
  ])("%s", async (_, ask) => {
    const { ours, theirs } = await askBoth(ask);
    expect(ours.status).toBe(theirs.status);
    expect(errorOf(ours.text)).toStrictEqual(errorOf(theirs.text));
    expect(ours.headers.get("content-type")).toBe(theirs.headers.get("content-type"));
    expect(ours.headers.has("seam-request-id")).toBe(theirs.headers.has("seam-request-id"));
  });

  it("no key, in words of a later version than the fake's", async () => {
    const { ours, theirs } = await askBoth({
      method: "POST",
      path: "/client_sessions/get",
      body: "{}",
      key: null,
    });
    expect(ours.status).toBe(401);
    expect(theirs.status).toBe(401);
    expect(errorOf(ours.text)).toMatchObject({ type: "unauthorized", isOk: false });
    expect(errorOf(theirs.text)).toMatchObject({ type: "unauthorized", isOk: false });
  });

  it("malformed JSON, without a key and before everything else", async () => {
    const ask = { method: "DELETE", path: "/client_sessions/get", body: '{"a":', key: null };
    const { ours, theirs } = await askBoth(ask);
    expect([ours.status, ours.text]).toStrictEqual([400, "Invalid JSON"]);
    expect([theirs.status, theirs.text]).toStrictEqual([ours.status, ours.text]);
    expect(theirs.headers.get("content-type")).toBe(ours.headers.get("content-type"));
    expect(theirs.headers.has("seam-request-id")).toBe(ours.headers.has("seam-request-id"));
  });

  it.each(["/client_sessions/update", "/client_sessions/get/"])("no route: %s", async (path) => {
    const { ours, theirs } = await askBoth({ method: "POST", path, body: "{}" });
    expect([ours.status, ours.text]).toStrictEqual([theirs.status, theirs.text]);
  });
});

describe("both create alike:", () => {
  const body = JSON.stringify({
    user_identifier_key: "jane_doe",
    connect_webview_ids: ["w1"],
    connected_account_ids: [],
    unknown: true,
  });

  it("once, then POST is refused and PUT answers the same session", async () => {
    const path = "/client_sessions/create";
    const first = await askBoth({ method: "POST", path, body });
    const refused = await askBoth({ method: "POST", path, body });
    const again = await askBoth({ method: "PUT", path, body });
    for (const side of ["ours", "theirs"] as const) {
      expect([first[side].status, refused[side].status, again[side].status]).toStrictEqual([
        200, 400, 200,
      ]);
      expect(errorOf(refused[side].text)).toMatchObject({
        type: "client_session_token_already_exists",
        isOk: false,
      });
      expect(sessionOf(again[side].text)).toMatchObject(idOf(first[side].text));
    }
  });

  it("with the same keys in the answer, of the same types", async () => {
    const asked = '{"user_identifier_key":"jill_doe"}';
    await askBoth({ method: "POST", path: "/client_sessions/create", body: asked });
    const { ours, theirs } = await askBoth({
      method: "POST",
      path: "/client_sessions/get",
      body: asked,
    });
    // The fake's own bookkeeping, which is no part of the interface.
    const { api_key_id, publishable_key, revoked_at, ...expected } = sessionOf(theirs.text);
    expect([typeof api_key_id, publishable_key, revoked_at]).toStrictEqual([
      "string",
      undefined,
      undefined,
    ]);
    expect(typesOf(sessionOf(ours.text))).toStrictEqual(typesOf(expected));
    const year = ({ created_at, expires_at }: Record<string, unknown>): number =>
      Math.round((Date.parse(String(expires_at)) - Date.parse(String(created_at))) / 86_400_000);
    expect(year(sessionOf(ours.text))).toBe(year(expected));
  });
});

describe("the Seam source", () => {
  const turn: Turn = {
    fetch: async (url, init) => {
      try {
        return ok(await fetch(url, init));
      } catch {
        return err({ kind: "unavailable", detail: "the connection failed" });
      }
    },
    spend: () => ok(undefined),
    ended: () => {},
  };

  function open(credential: string) {
    return openSeam(
      {
        name: "client_sessions",
        provider: "seam",
        kind: "client_sessions",
        endpoint: fake.url,
        credential,
        per_second: null,
        settle_seconds: 0,
        person_paths: [],
        shared_children: false,
      },
      { now: () => Date.now() },
      SEAM_LIMITS,
    );
  }

  it("reads the fake's sessions, expired ones too", async () => {
    const { client_session_id: id } = fake.add({
      user_identifier_key: "john_doe",
      created_at: "2025-01-01T00:00:00.000Z",
      expires_at: "2025-06-19T15:22:40.000Z",
    });
    const session = await open(fake.api_key).read({ scope: fake.workspace, id }, turn);
    expect(session).toMatchObject({
      ok: true,
      value: {
        scope: fake.workspace,
        id,
        clocks: {
          created_at: Date.parse("2025-01-01T00:00:00.000Z"),
          expires_at: Date.parse("2025-06-19T15:22:40.000Z"),
        },
      },
    });
    expect(JSON.stringify(session)).toContain("john_doe");
    expect(JSON.stringify(session)).not.toContain("seam_cst");
  });

  it("takes the fake's 404 for gone, and its 401 for a fault", async () => {
    const ref = { scope: fake.workspace, id: "nobody" };
    expect(await open(fake.api_key).read(ref, turn)).toStrictEqual({ ok: true, value: null });
    expect(await open("seam_wrong").read(ref, turn)).toMatchObject({
      ok: false,
      error: { kind: "unauthorized" },
    });
  });
});

function sessionOf(text: string): Record<string, unknown> {
  return (JSON.parse(text) as { client_session: Record<string, unknown> }).client_session;
}

function idOf(text: string): Record<string, unknown> {
  return { client_session_id: sessionOf(text)["client_session_id"] };
}

function typesOf(session: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(session)
      .map(([name, value]) => [name, Array.isArray(value) ? "array" : typeof value] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

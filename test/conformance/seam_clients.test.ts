import * as current from "seamapi-http-2";
import * as old from "seamapi-http-1";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ACCESS_TOKEN,
  API_KEY,
  READ_KEY,
  startWorker,
  WORKSPACE,
  type BuiltWorker,
} from "./seam_worker.ts";
import { DOCUMENT_SESSION } from "../support/documented_session.ts";

// Seam's own clients, unchanged, against the built Worker: the old one asks with POST, the current one
// with GET, DELETE and `_strict`.

const SESSION = { ...DOCUMENT_SESSION, workspace_id: WORKSPACE };
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const LATER = "2027-01-01T00:00:00.000Z";

let worker: BuiltWorker;

beforeAll(async () => {
  worker = await startWorker();
  await worker.importSessions(SESSION);
});

afterAll(async () => {
  await worker.close();
});

interface Client {
  readonly library: typeof current;
  readonly methods: Readonly<Record<string, string>>;
}

/** What both libraries share, which is all that is used here. */
const CLIENTS: Readonly<Record<string, Client>> = {
  "@seamapi/http 1.x": {
    library: old as unknown as typeof current,
    methods: { get: "POST", list: "POST", delete: "POST" },
  },
  "@seamapi/http 2.x": {
    library: current,
    methods: { get: "GET", list: "GET", delete: "DELETE" },
  },
};

describe.each(Object.entries(CLIENTS))("%s", (name, { library, methods }) => {
  const asked: { method: string; url: string }[] = [];

  beforeEach(() => {
    asked.length = 0;
  });

  function open(apiKey = API_KEY) {
    const seam = library.SeamHttp.fromApiKey(apiKey, { endpoint: worker.url });
    seam.client.interceptors.request.use((config) => {
      asked.push({ method: String(config.method).toUpperCase(), url: String(config.url) });
      return config;
    });
    return seam.clientSessions;
  }

  function user(test: string): string {
    return `${name} ${test}`;
  }

  it("reads the document's session by id and by key, in the methods of its version", async () => {
    const sessions = open();
    const { client_session_id } = SESSION;
    expect(await sessions.get({ client_session_id })).toStrictEqual(SESSION);
    expect(await sessions.get({ user_identifier_key: "jane_doe" })).toStrictEqual(SESSION);
    expect(asked).toStrictEqual([
      { method: methods["get"], url: "/client_sessions/get" },
      { method: methods["get"], url: "/client_sessions/get" },
    ]);
  });

  it("creates a session, and creating it again answers the same", async () => {
    const sessions = open();
    const wanted = {
      user_identifier_key: user("create"),
      connect_webview_ids: ["w1", "w2"],
      expires_at: LATER,
    };
    const session = await sessions.create(wanted);
    expect(session).toMatchObject({ ...wanted, workspace_id: WORKSPACE });
    expect(session.token).toMatch(/^seam_cst/);
    expect(await sessions.create(wanted)).toStrictEqual(session);
    expect(await sessions.get({ client_session_id: session.client_session_id })).toStrictEqual(
      session,
    );
  });

  it("gets or creates, and moves the expiry", async () => {
    const sessions = open();
    const user_identifier_key = user("get_or_create");
    const made = await sessions.getOrCreate({ user_identifier_key });
    expect(await sessions.getOrCreate({ user_identifier_key })).toStrictEqual(made);
    const moved = await sessions.getOrCreate({ user_identifier_key, expires_at: LATER });
    expect(moved).toStrictEqual({ ...made, expires_at: LATER });
  });

  it("lists with its filters", async () => {
    const sessions = open();
    const user_identifier_key = user("list");
    const made = await sessions.create({ user_identifier_key });
    expect(await sessions.list({ user_identifier_key })).toStrictEqual([made]);
    expect(await sessions.list({ user_identifier_key: "nobody" })).toStrictEqual([]);
    const nobodys = await sessions.create({});
    const without = await sessions.list({ without_user_identifier_key: true });
    expect(without).toContainEqual(nobodys);
    expect(without.every((session) => session.user_identifier_key === null)).toBe(true);
    const all = (await sessions.list()).map((session) => session.client_session_id);
    expect(all).toEqual(
      expect.arrayContaining([made.client_session_id, SESSION.client_session_id]),
    );
    const lists = asked.filter(({ url }) => url === "/client_sessions/list");
    expect(new Set(lists.map(({ method }) => method))).toStrictEqual(new Set([methods["list"]]));
  });

  it("grants access", async () => {
    const sessions = open();
    const { client_session_id } = await sessions.create({ user_identifier_key: user("grant") });
    await sessions.grantAccess({ client_session_id, connected_account_ids: ["a1"] });
    expect(await sessions.get({ client_session_id })).toMatchObject({
      connected_account_ids: ["a1"],
    });
  });

  it("revokes: the token ends, the session stays", async () => {
    const sessions = open();
    const session = await sessions.create({ user_identifier_key: user("revoke") });
    const own = library.SeamHttp.fromClientSessionToken(session.token, { endpoint: worker.url });
    expect(await own.clientSessions.get()).toStrictEqual(session);
    await sessions.revoke({ client_session_id: session.client_session_id });
    await expect(own.clientSessions.get()).rejects.toBeInstanceOf(
      library.SeamHttpUnauthorizedError,
    );
    const { client_session_id } = session;
    expect(await sessions.get({ client_session_id })).toStrictEqual(session);
  });

  it("deletes, and a second time there is none", async () => {
    const sessions = open();
    const { client_session_id } = await sessions.create({ user_identifier_key: user("delete") });
    asked.length = 0;
    expect(await sessions.delete({ client_session_id })).toBeUndefined();
    expect(asked).toStrictEqual([{ method: methods["delete"], url: "/client_sessions/delete" }]);
    for (const ask of [
      sessions.get({ client_session_id }),
      sessions.delete({ client_session_id }),
    ]) {
      const error = await thrownBy(ask);
      expect(error).toBeInstanceOf(library.SeamHttpApiError);
      expect(error).toMatchObject({
        code: "client_session_not_found",
        statusCode: 404,
        requestId: expect.stringMatching(/./),
      });
    }
  });

  it("throws its own classes for errors", async () => {
    const invalid = await thrownBy(open().get({ client_session_id: "cst1" }));
    expect(invalid).toBeInstanceOf(library.SeamHttpInvalidInputError);
    expect(invalid).toMatchObject({ code: "invalid_input", statusCode: 400 });
    expect(
      (
        invalid as InstanceType<typeof library.SeamHttpInvalidInputError>
      ).getValidationErrorMessages("client_session_id"),
    ).toStrictEqual(["Invalid uuid"]);
    const unknown = await thrownBy(open("seam_lethe_unknown").get({ client_session_id: UNKNOWN }));
    expect(unknown).toBeInstanceOf(library.SeamHttpUnauthorizedError);
    const forbidden = await thrownBy(open(READ_KEY).delete({ client_session_id: UNKNOWN }));
    expect(forbidden).toBeInstanceOf(library.SeamHttpApiError);
    expect(forbidden).toMatchObject({ code: "forbidden", statusCode: 403 });
  });

  it("works with a personal access token and its workspace", async () => {
    const { client_session_id } = SESSION;
    const options = { endpoint: worker.url };
    const own = library.SeamHttp.fromPersonalAccessToken(ACCESS_TOKEN, WORKSPACE, options);
    expect(await own.clientSessions.get({ client_session_id })).toStrictEqual(SESSION);
    const other = library.SeamHttp.fromPersonalAccessToken(ACCESS_TOKEN, UNKNOWN, options);
    expect(await thrownBy(other.clientSessions.list())).toBeInstanceOf(
      library.SeamHttpUnauthorizedError,
    );
  });
});

it("a session token may not list, whatever the client", async () => {
  const { SeamHttp, SeamHttpUnauthorizedError } = current;
  const made = await SeamHttp.fromApiKey(API_KEY, { endpoint: worker.url }).clientSessions.create({
    user_identifier_key: "a token",
  });
  const own = SeamHttp.fromClientSessionToken(made.token, { endpoint: worker.url });
  expect(await thrownBy(own.clientSessions.list())).toBeInstanceOf(SeamHttpUnauthorizedError);
});

async function thrownBy(ask: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await ask;
  } catch (error) {
    return error;
  }
}

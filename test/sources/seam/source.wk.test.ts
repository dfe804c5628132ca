import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ok } from "../../../src/core/values/result.ts";
import type { Identifier } from "../../../src/core/session/subject.ts";
import { startFake, type FakeClient } from "../../support/fake_client.ts";
import {
  FAKE_WORKSPACE,
  listAll,
  openOn,
  planned,
  removeOne,
  TURN,
} from "../../support/seam_open.ts";

const JANE = "11111111-1111-4111-8111-111111111111";
const JOHN = "22222222-2222-4222-8222-222222222222";
const IDENTITY = "33333333-3333-4333-8333-333333333333";

let fake: FakeClient;
beforeAll(async () => {
  fake = await startFake("seam");
});
afterEach(() => fake.reset());

async function seedTwo(): Promise<void> {
  await fake.seed({
    sessions: [
      { client_session_id: JANE, user_identifier_key: "jane", user_identity_id: IDENTITY },
      { client_session_id: JOHN, user_identifier_key: "john", customer_key: "hotel" },
    ],
  });
}

async function listedBy(...identifiers: Identifier[]): Promise<string[]> {
  const { sessions, fault } = await listAll(openOn(fake.url), { kind: "person", identifiers });
  expect(fault).toBeNull();
  return sessions.map(({ id }) => id).toSorted();
}

describe("a list of client sessions", () => {
  it("hands over every session, 500 at a time", async () => {
    await fake.seed({ generate: { count: 1201 } });
    const { sessions, sizes, fault } = await listAll(openOn(fake.url));
    expect(fault).toBeNull();
    expect(sizes).toEqual([500, 500, 201]);
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1201);
    expect(sessions[0]).toMatchObject({ scope: FAKE_WORKSPACE, activity_read: true, version: 0 });
  });

  it("may be empty", async () => {
    expect(await listAll(openOn(fake.url))).toEqual({
      sessions: [],
      sizes: [],
      pages: 1,
      fault: null,
    });
  });

  it("asks with one POST that has nothing in its URL", async () => {
    await seedTwo();
    await listAll(openOn(fake.url));
    const calls = await fake.calls();
    expect(calls).toMatchObject([
      { method: "POST", path: "/client_sessions/list", search: "", credential: true, body: "{}" },
    ]);
  });

  it("asks for a person by every filter there is, one after the other", async () => {
    await seedTwo();
    const found = await listedBy(
      { type: "user_identifier_key", value: "john" },
      { type: "user_identity_id", value: IDENTITY },
    );
    expect(found).toEqual([JANE, JOHN]);
    expect((await fake.calls()).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { user_identifier_key: "john" },
      { user_identity_id: IDENTITY },
    ]);
  });

  it("reads the whole list for an identifier that has no filter", async () => {
    await seedTwo();
    const found = await listedBy(
      { type: "customer_key", value: "hotel" },
      { type: "user_identifier_key", value: "john" },
    );
    expect(found).toEqual([JANE, JOHN]);
    expect((await fake.calls()).map(({ body }) => body)).toEqual(["{}"]);
  });

  it("passes over identifiers that no client session can hold", async () => {
    await seedTwo();
    const found = await listedBy(
      { type: "metadata:user_id", value: 7 },
      { type: "client_session_id", value: JOHN },
    );
    expect(found).toEqual([JOHN]);
  });

  it("refuses a cursor that is not its own", async () => {
    const page = await openOn(fake.url).list({ kind: "all" }, "1", () => undefined, TURN);
    expect(page).toMatchObject({ ok: false, error: { kind: "invalid" } });
  });

  it("is not believed when it holds two workspaces, or a row without an id", async () => {
    await seedTwo();
    await fake.seed({ sessions: [{ workspace_id: JOHN }], owner: FAKE_WORKSPACE });
    expect((await listAll(openOn(fake.url))).fault).toMatchObject({ kind: "invalid" });
    await fake.reset();
    await seedTwo();
    await fake.seed({
      sessions: [{ client_session_id: "", workspace_id: "w" }],
      raw: true,
      owner: FAKE_WORKSPACE,
    });
    expect((await listAll(openOn(fake.url))).fault).toMatchObject({
      kind: "invalid",
      detail: expect.stringContaining("client_session_id") as string,
    });
  });

  it("keeps and names a row of which only the id can be read, under the workspace of the others", async () => {
    const odd = { client_session_id: "x" };
    await fake.seed({ sessions: [odd], raw: true, owner: FAKE_WORKSPACE });
    await seedTwo();
    const page = await openOn(fake.url).list({ kind: "all" }, null, () => undefined, TURN);
    expect(page).toMatchObject({
      value: { unreadable: { count: 1, sessions: [{ scope: FAKE_WORKSPACE, id: "x" }] } },
    });
  });
});

describe("the account", () => {
  it("is not known until a row was seen, and is then the row's workspace", async () => {
    const source = openOn(fake.url);
    expect(await source.account(TURN)).toEqual({ ok: true, value: null });
    await listAll(source);
    expect(await source.account(TURN)).toEqual({ ok: true, value: null });
    await seedTwo();
    await listAll(source);
    expect(await source.account(TURN)).toEqual({ ok: true, value: FAKE_WORKSPACE });
    expect(await fake.calls()).toHaveLength(2);
  });

  it("is known from one session too", async () => {
    const source = openOn(fake.url);
    await seedTwo();
    await source.read(planned(JANE), TURN);
    expect(await source.account(TURN)).toEqual({ ok: true, value: FAKE_WORKSPACE });
  });

  it("changes when the key opens another workspace", async () => {
    const source = openOn(fake.url);
    await seedTwo();
    await listAll(source);
    await fake.effects({
      match: { path: "/client_sessions/list" },
      effect: { do: "rekey", workspace_id: IDENTITY },
    });
    await fake.seed({ sessions: [{ workspace_id: IDENTITY }] });
    await listAll(source);
    expect(await source.account(TURN)).toEqual({ ok: true, value: IDENTITY });
  });
});

describe("one client session", () => {
  it("is read as it is now, without its token", async () => {
    await seedTwo();
    const read = await openOn(fake.url).read(planned(JANE), TURN);
    expect(read).toMatchObject({
      ok: true,
      value: { scope: FAKE_WORKSPACE, id: JANE, busy: false, parent: null },
    });
    expect(JSON.stringify(read)).not.toContain("seam_cst");
  });

  it("is null when Seam does not know it", async () => {
    expect(await openOn(fake.url).read(planned(JANE), TURN)).toEqual({ ok: true, value: null });
  });

  it("is not believed when it is another workspace's", async () => {
    await seedTwo();
    await fake.seed({
      sessions: [{ client_session_id: IDENTITY, workspace_id: JOHN }],
      owner: FAKE_WORKSPACE,
    });
    expect(await openOn(fake.url).read(planned(IDENTITY), TURN)).toMatchObject({
      ok: false,
      error: { kind: "invalid" },
    });
  });

  it("is removed, and is absent the second time", async () => {
    await seedTwo();
    const source = openOn(fake.url);
    expect(await removeOne(source, JANE)).toEqual({ kind: "deleted" });
    expect(await removeOne(source, JANE)).toEqual({ kind: "absent" });
    expect(await fake.state()).toMatchObject({ sessions: 1, removed: [JANE] });
  });

  it("is removed whether or not the answer says ok", async () => {
    await seedTwo();
    await fake.configure({ delete_body: {} });
    expect(await removeOne(openOn(fake.url), JANE)).toEqual({ kind: "deleted" });
  });

  it("answers for each of several, in their order", async () => {
    await seedTwo();
    const source = openOn(fake.url);
    expect(await removeOne(source, IDENTITY)).toEqual({ kind: "absent" });
    expect(await removeOne(source, JOHN)).toEqual({ kind: "deleted" });
  });

  it("is asked for and removed by POST, its id in the body alone", async () => {
    await seedTwo();
    const source = openOn(fake.url);
    await source.read(planned(JANE), TURN);
    await removeOne(source, JANE);
    expect(await fake.calls()).toMatchObject([
      { method: "POST", path: "/client_sessions/get", search: "", id: JANE },
      { method: "POST", path: "/client_sessions/delete", search: "", id: JANE },
    ]);
  });
});

describe("a session of which only the id is known", () => {
  it("is found with one call, in the one workspace of the key", async () => {
    await seedTwo();
    const { find } = openOn(fake.url);
    if (find === undefined) {
      throw new Error("Seam finds a session by its id");
    }
    const found = (scopes: readonly string[]) => ok({ scopes, is_whole: true });
    const before = (await fake.calls()).length;
    expect(await find(JANE, null, TURN)).toEqual(found([FAKE_WORKSPACE]));
    expect((await fake.calls()).length).toBe(before + 1);
    expect(await find(JANE, [FAKE_WORKSPACE], TURN)).toEqual(found([FAKE_WORKSPACE]));
    expect(await find(JANE, ["another"], TURN)).toEqual(found([]));
    expect(await find(IDENTITY, null, TURN)).toEqual(found([]));
  });
});

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/values/hash.ts";
import { idsIn, store } from "../../support/d1.ts";
import { createHarness } from "../../support/openapi/harness.ts";
import {
  CLIENTS,
  fillStore,
  keyOf,
  openTenants,
  policyOf,
  SCOPES,
} from "../../support/tenants_world.ts";

const world = await openTenants();
const JANE = { identifiers: [{ type: "user_identifier_key", value: "jane" }] };
const SHARED = "agt_shared";

beforeEach(fillStore);

describe("an erasure by the key of a tenant", () => {
  const erase = async (key: "a" | "star", body: object): Promise<unknown> => {
    const opened = await world.as(key, "POST", "/v1/erasures", { subject: JANE, ...body });
    expect(opened.status).toBe(202);
    return world.ended(`/v1/erasures/${String(opened.body["id"])}`);
  };

  it("forgets the person of its workspace, and nobody of that name elsewhere", async () => {
    expect(await erase("a", {})).toMatchObject({
      status: "completed",
      limited_to: { sources: ["client_sessions", "agent_sessions"], scopes: [SCOPES.a] },
      sources: {
        client_sessions: { found: 1, dispositions: { deleted: 1 } },
        agent_sessions: { found: 1, dispositions: { deleted: 1 } },
      },
    });
    expect(await idsIn("client_sessions")).toEqual([CLIENTS.b]);
    expect(await idsIn("agent_sessions")).toEqual([`s-${SHARED}`, `s-${SCOPES.b}`]);
  });

  it("takes both where the request covers both", async () => {
    expect(await erase("star", { scopes: [SCOPES.a, SCOPES.b] })).toMatchObject({
      status: "completed",
    });
    expect(await idsIn("client_sessions")).toEqual([]);
    expect(await idsIn("agent_sessions")).toEqual([`s-${SHARED}`]);
  });

  it.each([
    ["another's", { scopes: [SCOPES.a, SCOPES.b] }, `the workspace ${SCOPES.b}`],
    ["an agent", { scopes: [SHARED] }, `the workspace ${SHARED}`],
  ])("is refused for %s, which is named", async (_, limits, named) => {
    const asked = await world.as("a", "POST", "/v1/erasures", { subject: JANE, ...limits });
    expect(asked.body).toMatchObject({ code: "forbidden" });
    expect(asked.body["detail"]).toContain(named);
    expect(await idsIn("client_sessions")).toEqual([CLIENTS.a, CLIENTS.b]);
  });
});

describe("rows of which only the id can be read", () => {
  it("are told to a tenant of its own scope alone", async () => {
    await store.prepare("UPDATE agent_sessions SET record = '{'").run();
    const opened = await world.as("a", "POST", "/v1/erasures", { subject: JANE });
    expect(await world.ended(`/v1/erasures/${String(opened.body["id"])}`)).toMatchObject({
      sources: {
        agent_sessions: {
          unreadable: { count: 1, sessions: [{ scope: SCOPES.a, id: `s-${SCOPES.a}` }] },
        },
      },
    });
  });
});

const bound = (workspaces: readonly string[]): string =>
  JSON.stringify([{ name: "a", sha256: sha256(keyOf("a")), scopes: ["*"], workspaces }]);

describe("an account that is reached over the network", () => {
  it("is not reached by a key of workspaces, whatever they are called there", async () => {
    const { ask, registrar } = await createHarness({
      API_KEYS: bound([SCOPES.a]),
      SEAM_API_KEY: "seam_upstream",
    });
    const post = (path: string, json: object) =>
      ask(path, { method: "POST", key: keyOf("a"), json });
    const named = await post("/v1/erasures", { subject: JANE, sources: ["client_sessions"] });
    const hold = await post("/v1/holds", {
      selector: { kind: "scope", source: "client_sessions", globs: [SCOPES.a] },
      ground: { text: "x" },
      owner: "o",
      review_at: "2026-12-01T00:00:00Z",
    });
    const explained = await post("/v1/explain", {
      source: "client_sessions",
      scope: SCOPES.a,
      id: "x",
    });
    for (const { status, body } of [named, hold, explained]) {
      expect([status, body["detail"]]).toEqual([
        403,
        expect.stringContaining("the source client_sessions, which is not in the embedded store"),
      ]);
    }
    expect(registrar.calls).toEqual([]);
    expect((await post("/v1/erasures", { subject: JANE })).status).toBe(202);
    expect(registrar.callsOf("openErasure")).toMatchObject([
      [{ sources: ["agent_sessions"], scopes: [SCOPES.a] }, "a", null, null],
    ]);
  });
});

describe("the switch", () => {
  it("tells a tenant which of its sessions a pause came too late for, and of nobody else's", async () => {
    const { ask, registrar } = await createHarness({ API_KEYS: bound([SCOPES.a]) });
    const late = [SCOPES.a, SCOPES.b].map((scope) => ({
      source: "client_sessions",
      scope,
      id: "gone",
    }));
    const tooLate = { count: 2, sessions: late, unknown: 0 };
    registrar.switchReport = { ...registrar.switchReport, too_late: tooLate };
    const { body } = await ask("/v1/switch", { key: keyOf("a") });
    expect(body["too_late"]).toEqual({ ...tooLate, sessions: late.slice(0, 1) });
  });
});

describe("a request that was made before, when its key reached more", () => {
  it("is not shown what it opened then", async () => {
    const headers = { "idempotency-key": "once" };
    const json = { subject: JANE };
    const registrar = env.REGISTRAR.getByName("registrar");
    const wide = await createHarness({ API_KEYS: bound(["*"]) }, { registrar });
    const post = { method: "POST", key: keyOf("a"), headers, json };
    const opened = await wide.ask("/v1/erasures", post);
    expect(opened.status).toBe(202);
    const narrow = await createHarness({ API_KEYS: bound([SCOPES.a]) }, { registrar });
    expect((await narrow.ask("/v1/erasures", post)).body).toMatchObject({ code: "forbidden" });
    const path = "/v1/policies/p/preview";
    await world.made("PUT", "/v1/policies/p", policyOf("both"));
    const asked = { ...post, headers: { "idempotency-key": "once-more" }, json: {} };
    expect((await wide.ask(path, asked)).status).toBe(202);
    await world.made("PUT", "/v1/policies/p", policyOf("a"));
    expect((await narrow.ask(path, asked)).body).toMatchObject({ code: "forbidden" });
    await world.ended(`/v1/erasures/${String(opened.body["id"])}`);
  });
});

describe("a policy by the key of a tenant", () => {
  it.each([
    ["no scope", {}, "every workspace of client_sessions"],
    ["a glob", { match: { scope: [`${SCOPES.a}*`] } }, `the workspace ${SCOPES.a}*`],
    ["two tenants", { match: { scope: [SCOPES.a, SCOPES.b] } }, `the workspace ${SCOPES.b}`],
  ])("is not written nor previewed with %s", async (_, changes, named) => {
    const text = policyOf("both", changes);
    for (const [method, path, json] of [
      ["PUT", "/v1/policies/mine", text],
      ["POST", "/v1/policies/mine/preview", { policy: text }],
      ["POST", "/v1/policies/mine/preview", { policy: policyOf("a"), compare: text }],
    ] as const) {
      const answer = await world.as("a", method, path, json);
      expect([answer.status, answer.body["detail"]]).toEqual([403, expect.stringContaining(named)]);
    }
    expect(await env.POLICIES.get("policy:mine")).toBeNull();
  });

  it("does not take the place of another's, until that is gone", async () => {
    await world.made("PUT", "/v1/policies/p", policyOf("b"));
    const put = () => world.as("a", "PUT", "/v1/policies/p", policyOf("a"));
    const refused = await put();
    expect([refused.status, refused.body["detail"]]).toEqual([
      403,
      expect.stringContaining(SCOPES.b),
    ]);
    const compared = await world.as("a", "POST", "/v1/policies/p/preview", {
      policy: policyOf("a"),
      compare: "stored",
    });
    expect(compared.status).toBe(403);
    expect((await world.made("GET", "/v1/policies/p"))["match"]).toEqual({ scope: [SCOPES.b] });
    expect((await world.as("b", "DELETE", "/v1/policies/p")).status).toBe(204);
    expect((await put()).status).toBe(201);
    const versions = async (key: "a" | "b" | "star"): Promise<unknown> => {
      const { body } = await world.as(key, "GET", "/v1/policies/p/versions");
      return (body["data"] as { no: number }[] | undefined)?.map(({ no }) => no);
    };
    expect([await versions("a"), await versions("b"), await versions("star")]).toEqual([
      [3],
      [2, 1],
      [3, 2, 1],
    ]);
  });

  it("is listed page by page, with no word of another's", async () => {
    for (const [id, of] of [
      ["a1", "a"],
      ["b1", "b"],
      ["b2", "b"],
      ["c1", "a"],
      ["d1", "b"],
    ] as const) {
      await world.made("PUT", `/v1/policies/${id}`, policyOf(of));
    }
    const page = async (query: string) => {
      const { body } = await world.as("a", "GET", `/v1/policies?limit=1${query}`);
      const ids = (body["data"] as { id: string }[]).map(({ id }) => id);
      return { ids, next: body["next_cursor"] as string | null };
    };
    const first = await page("");
    expect([first.ids, atob(first.next ?? "")]).toEqual([["a1"], "a1"]);
    expect(await page(`&cursor=${String(first.next)}`)).toEqual({ ids: ["c1"], next: null });
  });

  it("is not written over a text in KV that nobody can read", async () => {
    await env.POLICIES.put("policy:p", "{");
    expect((await world.as("a", "PUT", "/v1/policies/p", policyOf("a"))).status).toBe(403);
    expect((await world.as("a", "POST", "/v1/sweeps", { policy: "p" })).status).toBe(403);
    expect((await world.as("a", "GET", "/v1/policies/p")).status).toBe(404);
    expect((await world.as("star", "GET", "/v1/policies/p")).status).toBe(409);
  });

  it("sweeps its workspace alone", async () => {
    await world.made("PUT", "/v1/policies/p", policyOf("a", { mode: "enforce" }));
    const started = await world.as("a", "POST", "/v1/sweeps", { policy: "p" });
    expect(started.body).toMatchObject({ scopes: [SCOPES.a], started_by: { name: "a" } });
    await world.ended(`/v1/sweeps/${String(started.body["id"])}`);
    expect(await idsIn("client_sessions")).toEqual([CLIENTS.b]);
  });

  it("is told of a session where it may be about it, and no other", async () => {
    for (const of of ["a", "b", "both"] as const) {
      await world.made("PUT", `/v1/policies/p-${of}`, policyOf(of));
    }
    await env.POLICIES.put("policy:broken", "{");
    const ask = async (key: "a" | "star"): Promise<unknown> => {
      const session = { source: "client_sessions", scope: SCOPES.a, id: CLIENTS.a };
      const { body } = await world.as(key, "POST", "/v1/explain", session);
      return (body["policies"] as { policy: string }[]).map(({ policy }) => policy);
    };
    expect(await ask("a")).toEqual(["p-a", "p-both"]);
    expect(await ask("star")).toEqual(["p-a", "p-b", "p-both", "broken"]);
  });
});

describe("the embedded store", () => {
  const lines = (workspace: string, agent: string): string[] => [
    JSON.stringify({
      source: "client_sessions",
      session: { client_session_id: "new", workspace_id: workspace },
    }),
    JSON.stringify({
      source: "agent_sessions",
      session: { key: "ase_new", agent_key: agent },
      events: [],
    }),
  ];

  it("takes an import into the workspaces and agents of a key alone", async () => {
    const { ask } = await createHarness({ API_KEYS: bound([SCOPES.a]) });
    const post = (...text: string[]) =>
      ask("/v1/sessions/import", {
        method: "POST",
        key: keyOf("a"),
        headers: { "content-type": "application/x-ndjson" },
        body: text.join("\n"),
      });
    const [foreignClient = "", foreignAgent = ""] = lines(SCOPES.b, SCOPES.b);
    const own = lines(SCOPES.a, SCOPES.a);
    for (const [foreign, field] of [
      [foreignClient, "session.workspace_id"],
      [foreignAgent, "session.agent_key"],
    ] as const) {
      const refused = await post(...own, foreign);
      expect([refused.status, refused.body["errors"]]).toMatchObject([
        403,
        [{ field: `line 3: ${field}` }],
      ]);
    }
    const parent = { created_by_agent_key: SCOPES.b, created_by_session_key: "ase_1" };
    const child = {
      source: "agent_sessions",
      session: { key: "ase_x", agent_key: SCOPES.a, ...parent },
    };
    const refused = await post(JSON.stringify(child));
    expect([refused.status, refused.body["errors"]]).toMatchObject([
      403,
      [{ field: "line 1: session.created_by_agent_key" }],
    ]);
    expect((await post(...own)).status).toBe(201);
  });

  it("takes no session that keeps another's from being swept", async () => {
    await world.made("POST", "/v2/agents", { name: "a", key: "agt_a" });
    const { ask } = await createHarness({ API_KEYS: bound(["agt_a"]) });
    const make = async (agent: string): Promise<number> => {
      const json = { created_by_agent_key: agent, created_by_session_key: `s-${SHARED}` };
      const path = "/v2/agents/agt_a/sessions";
      return (await ask(path, { method: "POST", key: keyOf("a"), json })).status;
    };
    expect(await make(SHARED)).toBe(403);
    expect(await make("agt_a")).toBe(201);
  });

  it("shows a key the sessions of its workspaces and agents alone", async () => {
    const asked = async (method: string, path: string, json?: object): Promise<number> =>
      (await world.as("a", method, path, json)).status;
    const get = "/client_sessions/get";
    expect(await asked("POST", get, { client_session_id: CLIENTS.a })).toBe(200);
    expect(await asked("POST", get, { client_session_id: CLIENTS.b })).toBe(404);
    expect(await asked("POST", "/client_sessions/delete", { client_session_id: CLIENTS.b })).toBe(
      404,
    );
    expect(await asked("GET", `/v2/agents/${SCOPES.b}/sessions`)).toBe(404);
    expect(await asked("DELETE", `/v2/agents/${SHARED}/sessions/s-${SHARED}`)).toBe(404);
    expect(await asked("GET", "/v2/agents")).toBe(403);
    expect(await asked("POST", "/v2/agents", { name: "x", key: SHARED })).toBe(403);
    expect((await world.as("star", "GET", "/v2/agents")).status).toBe(200);
    expect(await idsIn("client_sessions")).toEqual([CLIENTS.a, CLIENTS.b]);
  });
});

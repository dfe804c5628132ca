import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { idsIn } from "../support/d1.ts";
import {
  CLIENTS,
  erasureOf,
  fillStore,
  holdOf,
  openTenants,
  policyOf,
  SCOPES,
  type Target,
} from "../support/tenants_world.ts";

// One tenant asks for everything there is, in any order: nothing of the other's goes, stops or is told.

const world = await openTenants();

interface Wish {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
}

/** What the other has, by the places that stand for it in a path. */
const things = { sweep: "", hold: "", erasure: "" };

const filled = (path: string): string =>
  path.replace(/\{(sweep|hold|erasure)\}/, (_, what: keyof typeof things) => things[what]);

const name = fc.constantFrom("p-a", "p-b", "new");
const scopes = fc.option(
  fc.array(fc.constantFrom(SCOPES.a, SCOPES.b, "ws-of-*", "*", "agt_shared"), {
    minLength: 1,
    maxLength: 3,
  }),
  { nil: undefined },
);
const source = fc.constantFrom("client_sessions", "agent_sessions");
const text = fc.record({ source, scopes }).map(({ source: of, scopes: scope }) => ({
  source: of,
  expire: [{ clock: of === "client_sessions" ? "expires_at" : "created_at", after: "PT0S" }],
  mode: "enforce",
  brake: { percent: 100 },
  ...(scope === undefined ? {} : { match: { scope } }),
}));
const identifier = fc.constantFrom(
  { type: "user_identifier_key", value: "jane" },
  { type: "client_session_id", value: CLIENTS.b },
  { type: "agent_session_id", value: `${SCOPES.b}/s-${SCOPES.b}` },
  { type: "agent_session_id", value: `s-${SCOPES.b}` },
);

const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ name, text }).map(({ name: id, text: json }) => {
    return { method: "PUT", path: `/v1/policies/${id}`, json };
  }),
  name.map((id) => ({ method: "DELETE", path: `/v1/policies/${id}` })),
  name.map((policy) => ({ method: "POST", path: "/v1/sweeps", json: { policy } })),
  fc.record({ name, text }).map(({ name: id, text: policy }) => {
    return { method: "POST", path: `/v1/policies/${id}/preview`, json: { policy } };
  }),
  fc
    .record({
      identifier,
      scopes,
      sources: fc.option(fc.array(source, { minLength: 1 })),
      dry_run: fc.boolean(),
    })
    .map(({ identifier: one, scopes: limits, sources, dry_run }) => ({
      method: "POST",
      path: "/v1/erasures",
      json: {
        subject: { identifiers: [one] },
        ...(limits === undefined ? {} : { scopes: limits }),
        ...(sources === null ? {} : { sources }),
        ...(dry_run ? { dry_run } : {}),
      },
    })),
  fc.constantFrom<Target>("a", "b", "both").map((of) => {
    return { method: "POST", path: "/v1/holds", json: holdOf(of) };
  }),
  fc.constantFrom<Wish>(
    { method: "POST", path: "/v1/holds/{hold}/release", json: {} },
    { method: "POST", path: "/v1/sweeps/{sweep}/cancel", json: {} },
    { method: "POST", path: "/v1/erasures/{erasure}/cancel", json: {} },
    { method: "GET", path: "/v1/sweeps/{sweep}/sessions" },
    { method: "GET", path: "/v1/erasures/{erasure}/sessions" },
    { method: "PUT", path: "/v1/switch", json: { paused: true, reason: "mine" } },
    { method: "GET", path: "/v1/sweeps" },
    { method: "GET", path: "/v1/policies" },
    { method: "GET", path: "/v1/holds" },
    { method: "GET", path: "/v1/erasures" },
    { method: "POST", path: "/client_sessions/delete", json: { client_session_id: CLIENTS.b } },
    { method: "POST", path: "/client_sessions/list", json: {} },
    { method: "DELETE", path: `/v2/agents/${SCOPES.b}/sessions/s-${SCOPES.b}` },
  ),
);

/** Whether an answer tells of what the other has. */
const tells = (answer: string): boolean =>
  [CLIENTS.b, `s-${SCOPES.b}`, ...Object.values(things)].some((one) => answer.includes(one));

describe("keys of two tenants", () => {
  beforeAll(async () => {
    await fillStore();
    await world.made("PUT", "/v1/policies/p-b", policyOf("b"));
    const { id: sweep } = await world.made("POST", "/v1/policies/p-b/preview", {});
    const { id: erasure } = await world.made("POST", "/v1/erasures", erasureOf("b"));
    Object.assign(things, { sweep, erasure });
    await world.ended(`/v1/sweeps/${things.sweep}`);
    await world.ended(`/v1/erasures/${things.erasure}`);
  });

  it("property: whatever one asks for, in any order, what the other has stays as it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 6 }), async (wishes) => {
        await fillStore();
        await world.made("PUT", "/v1/policies/p-a", policyOf("a"));
        await world.made("PUT", "/v1/policies/p-b", policyOf("b"));
        const { id: hold } = await world.made("POST", "/v1/holds", holdOf("b"));
        things.hold = String(hold);
        const made: string[] = [];
        for (const { method, path, json } of wishes) {
          const { status, body, text: answer } = await world.as("a", method, filled(path), json);
          expect([200, 201, 202, 204, 403, 404, 409]).toContain(status);
          expect([path, status < 300 && tells(answer)]).toEqual([path, false]);
          made.push(...(status === 202 ? [`${kindOf(path)}/${String(body["id"])}`] : []));
        }
        for (const path of new Set(made)) {
          await world.ended(path);
        }
        expect(await idsIn("client_sessions")).toContain(CLIENTS.b);
        expect(await idsIn("agent_sessions")).toEqual(
          expect.arrayContaining([`s-${SCOPES.b}`, "s-agt_shared"]),
        );
        expect((await world.as("b", "GET", "/v1/policies/p-b")).body["match"]).toEqual({
          scope: [SCOPES.b],
        });
        const { body: held } = await world.as("b", "GET", `/v1/holds/${things.hold}`);
        expect(held["status"]).toBe("in_force");
        expect((await world.made("GET", "/v1/switch"))["all"]).toBeNull();
        await world.made("POST", `/v1/holds/${things.hold}/release`, {});
      }),
      { numRuns: 25 },
    );
  });
});

const kindOf = (path: string): string => (path === "/v1/erasures" ? "/v1/erasures" : "/v1/sweeps");

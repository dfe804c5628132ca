import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { CLIENTS, fillStore, holdOf, openTenants, SCOPES } from "../../support/tenants_world.ts";

const world = await openTenants();
const JANE = { identifiers: [{ type: "user_identifier_key", value: "jane" }] };

beforeEach(fillStore);

describe("a session that is looked for by its id alone", () => {
  const find = async (key: "a" | "star", body: object) =>
    (await world.as(key, "POST", "/v1/explain", body)).body;

  it("is found by the key of a tenant in its own workspace alone, and is known gone only there", async () => {
    expect(await find("a", { id: CLIENTS.a })).toMatchObject({
      source: "client_sessions",
      scope: SCOPES.a,
    });
    expect(await find("star", { id: CLIENTS.b })).toMatchObject({ scope: SCOPES.b });
    const nowhere = {
      source: null,
      scope: null,
      removed: null,
      searched: [{ outcome: "absent" }, { outcome: "absent" }],
    };
    expect(await find("a", { id: CLIENTS.b })).toMatchObject(nowhere);
    await env.CUSTODIAN.getByName("client_sessions").removeNow({
      scope: SCOPES.b,
      id: CLIENTS.b,
    });
    expect(await find("star", { id: CLIENTS.b })).toMatchObject({
      removed: { disposition: "deleted" },
    });
    expect(await find("a", { id: CLIENTS.b })).toMatchObject(nowhere);
    expect(await find("a", { id: CLIENTS.b, scope: SCOPES.b })).toMatchObject({
      code: "forbidden",
    });
  });

  it("says nothing of what is under way to the key of a tenant that reads its hold", async () => {
    const leftOut = { source: "client_sessions", scope: SCOPES.a, id: CLIENTS.a };
    const selector = { kind: "session", ...leftOut };
    const placed = await world.made("POST", "/v1/holds", { ...holdOf("a"), selector });
    const path = `/v1/holds/${String(placed["id"])}`;
    expect((await world.as("a", "GET", path)).body).toMatchObject({ holds_back: null });
    expect((await world.as("star", "GET", path)).body).toMatchObject({ holds_back: [] });
    const { id } = await world.made("POST", "/v1/erasures", { subject: JANE });
    await world.ended(`/v1/erasures/${String(id)}`);
    expect((await world.as("star", "GET", path)).body).toMatchObject({
      left_out: [{ ...leftOut, job: id }],
    });
    expect((await world.as("a", "GET", path)).body).toMatchObject({
      left_out: [{ ...leftOut, job: null }],
    });
    expect((await world.as("b", "GET", path)).status).toBe(404);
    await world.made("POST", `${path}/release`, {});
  });

  it("is told its hold only by keys that may read that", async () => {
    const held = { source: "client_sessions", scope: SCOPES.a, id: CLIENTS.a };
    const placed = await world.made("POST", "/v1/holds", {
      ...holdOf("a"),
      selector: { kind: "session", ...held },
    });
    expect(await find("a", { id: CLIENTS.a })).toMatchObject({ hold: placed["id"] });
    await world.made("POST", `/v1/holds/${String(placed["id"])}/release`, {});
    const wide = await world.made("POST", "/v1/holds", {
      ...holdOf("a"),
      selector: { kind: "subject", ...JANE },
    });
    expect(await find("star", { id: CLIENTS.a })).toMatchObject({ hold: wide["id"] });
    expect(await find("a", { id: CLIENTS.a })).toMatchObject({ hold: null });
    await world.made("POST", `/v1/holds/${String(wide["id"])}/release`, {});
  });
});

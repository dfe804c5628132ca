import { describe, expect, it } from "vitest";
import type { Activity } from "../../src/core/report/activity.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import { createHarness, keyFor } from "../support/openapi/harness.ts";

const ENTRY: Activity = {
  id: "act_0123456789abcdefghjkmnpqrs",
  at: "2026-09-01T12:00:00.000Z",
  actor: null,
  kind: "sweep.stopped",
  object: { kind: "sweep", id: "swp_1" },
  code: "policy_off",
};

describe("GET /v1/activity", () => {
  it("asks for what is filtered, and goes on by a cursor that tells nothing", async () => {
    const { ask, registrar } = await createHarness();
    registrar.activityPage = { data: [ENTRY], next_cursor: ENTRY.id };
    const key = keyFor("activity:read");
    const { body } = await ask(
      "/v1/activity?actor=webhook:crm&kind=hold.placed,hold.released&object=hld_1&since=2026-08-01&until=2026-08-01&limit=3",
      { key },
    );
    expect(body["data"]).toEqual([ENTRY]);
    const cursor = String(body["next_cursor"]);
    expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toContain("abcdefgh");
    expect((await ask(`/v1/activity?cursor=${cursor}`)).status).toBe(200);
    expect(registrar.callsOf("activity")).toEqual([
      [
        { limit: 3, cursor: null },
        {
          actor: "webhook:crm",
          kind: ["hold.placed", "hold.released"],
          object: "hld_1",
          since: Date.UTC(2026, 7, 1),
          until: Date.UTC(2026, 7, 2),
        },
      ],
      [{ limit: 20, cursor: ENTRY.id }, {}],
    ]);
    const other = (await ask(`/v1/sweeps?cursor=${cursor}`)).body;
    expect(other).toMatchObject({ errors: [{ field: "cursor" }] });
    const madeUp = (await ask("/v1/activity?cursor=zzz")).body;
    expect(madeUp).toMatchObject({ errors: [{ field: "cursor" }] });
  });

  it.each([
    ["kind=hold", "kind"],
    ["actor=", "actor"],
    ["since=now", "since"],
    ["policy=p", "policy"],
  ])("refuses ?%s", async (query, field) => {
    const { ask, registrar } = await createHarness();
    const answer = await ask(`/v1/activity?${query}`);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field }] });
    expect(registrar.calls).toEqual([]);
  });

  it("is refused to a key that is bound to workspaces", async () => {
    const bound = { name: "tenant", sha256: sha256("seam_lethe_t"), scopes: ["*"] };
    const API_KEYS = JSON.stringify([{ ...bound, workspaces: ["w1"] }]);
    const { ask, registrar } = await createHarness({ API_KEYS });
    const { body } = await ask("/v1/activity", { key: "seam_lethe_t" });
    expect(body).toMatchObject({ status: 403, code: "forbidden" });
    expect(body["detail"]).toContain("every workspace");
    expect(registrar.calls).toEqual([]);
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import {
  erasureOf,
  fillStore,
  holdOf,
  openTenants,
  policyOf,
  SCOPES,
  TENANTS,
  type KeyName,
  type Target,
} from "../../support/tenants_world.ts";
import { ownPaths } from "../../support/openapi/openapi.ts";

// Every route of the API by a key of each tenant and by keys of everybody, over the real objects.

const world = await openTenants();

/** What there is of each target when the table is walked. */
const things: Record<Target, { sweep: string; erasure: string; hold: string }> = {
  a: { sweep: "", erasure: "", hold: "" },
  b: { sweep: "", erasure: "", hold: "" },
  both: { sweep: "", erasure: "", hold: "" },
};
const TARGETS = [...TENANTS, "both"] as const;

beforeAll(async () => {
  await fillStore();
  for (const target of TARGETS) {
    await world.made("PUT", `/v1/policies/p-${target}`, policyOf(target));
    const { id: sweep } = await world.made("POST", `/v1/policies/p-${target}/preview`, {});
    const { id: erasure } = await world.made("POST", "/v1/erasures", {
      ...erasureOf(target),
      ...(target === "both" ? {} : { sources: ["client_sessions", "agent_sessions"] }),
    });
    const { id: hold } = await world.made("POST", "/v1/holds", holdOf(target));
    things[target] = { sweep: String(sweep), erasure: String(erasure), hold: String(hold) };
    await world.ended(`/v1/sweeps/${String(sweep)}`);
    await world.ended(`/v1/erasures/${String(erasure)}`);
  }
});

interface Row {
  /** Asks of a target; what is used up by it is made anew. */
  readonly ask: (target: Target) => Promise<readonly [path: string, json?: unknown]>;
  /** Answered to who reaches the target, and to who does not. */
  readonly own: number;
  readonly other: number;
}

const at = (path: (target: Target) => string, own: number, other: number, json?: unknown): Row => ({
  ask: (target) => Promise.resolve([path(target), json]),
  own,
  other,
});

/** Lists show what is reached, and leave out the rest. */
const LISTS: Readonly<Record<string, (target: Target) => string>> = {
  "GET /v1/policies": (target) => `p-${target}`,
  "GET /v1/sweeps": (target) => things[target].sweep,
  "GET /v1/erasures": (target) => things[target].erasure,
  "GET /v1/holds": (target) => things[target].hold,
};

const TABLE: Readonly<Record<string, Row>> = {
  "GET /v1/policies/{id}": at((of) => `/v1/policies/p-${of}`, 200, 404),
  "GET /v1/policies/{id}/versions": at((of) => `/v1/policies/p-${of}/versions`, 200, 404),
  "PUT /v1/policies/{id}": {
    ask: async (of) => [`/v1/policies/p-${of}`, policyOf(of)],
    own: 200,
    other: 403,
  },
  "DELETE /v1/policies/{id}": {
    ask: async (of) => {
      await world.made("PUT", `/v1/policies/gone-${of}`, policyOf(of));
      return [`/v1/policies/gone-${of}`];
    },
    own: 204,
    other: 403,
  },
  "POST /v1/policies/{id}/preview": at((of) => `/v1/policies/p-${of}/preview`, 202, 403, {}),
  "GET /v1/sweeps/{id}": at((of) => `/v1/sweeps/${things[of].sweep}`, 200, 404),
  "POST /v1/sweeps": {
    ask: async (of) => ["/v1/sweeps", { policy: `p-${of}` }],
    own: 202,
    other: 403,
  },
  "POST /v1/sweeps/{id}/approve": at((of) => `/v1/sweeps/${things[of].sweep}/approve`, 409, 403, {
    plan_digest: "x",
  }),
  "POST /v1/sweeps/{id}/cancel": at((of) => `/v1/sweeps/${things[of].sweep}/cancel`, 409, 403, {}),
  "GET /v1/erasures/{id}": at((of) => `/v1/erasures/${things[of].erasure}`, 200, 404),
  "POST /v1/erasures/{id}/approve": at(
    (of) => `/v1/erasures/${things[of].erasure}/approve`,
    409,
    403,
    { plan_digest: "x" },
  ),
  "POST /v1/erasures/{id}/cancel": at(
    (of) => `/v1/erasures/${things[of].erasure}/cancel`,
    409,
    403,
    {},
  ),
  "POST /v1/approvals": {
    ask: async (of) => ["/v1/approvals", { erasures: [things[of].erasure], set_digest: "x" }],
    own: 409,
    other: 403,
  },
  "GET /v1/holds/{id}": at((of) => `/v1/holds/${things[of].hold}`, 200, 404),
  "POST /v1/holds": { ask: async (of) => ["/v1/holds", holdOf(of)], own: 201, other: 403 },
  "POST /v1/holds/{id}/release": {
    ask: async (of) => {
      const { id } = await world.made("POST", "/v1/holds", holdOf(of));
      return [`/v1/holds/${String(id)}/release`, {}];
    },
    own: 200,
    other: 403,
  },
};

/** Routes that are about one scope that the request names, so that nothing of theirs is of both. */
const ONE_SCOPE: Readonly<Record<string, Row>> = {
  "POST /v1/explain": {
    ask: async (of) => [
      "/v1/explain",
      { source: "client_sessions", scope: scopeOf(of), id: "anything" },
    ],
    own: 200,
    other: 403,
  },
  "POST /v1/erasures": {
    ask: async (of) => ["/v1/erasures", erasureOf(of)],
    own: 202,
    other: 403,
  },
};

/** Routes of the whole deployment: what a tenant is answered, and what everybody is. */
const WHOLE: Readonly<Record<string, Row>> = {
  "GET /v1/policies/{id}/state": at(() => "/v1/policies/p-a/state", 200, 403),
  "GET /v1/removals": at(() => "/v1/removals", 200, 403),
  "GET /metrics": at(() => "/metrics", 200, 403),
  "GET /v1/activity": at(() => "/v1/activity", 200, 403),
  "GET /v1/switch": at(() => "/v1/switch", 200, 200),
  "PUT /v1/switch": at(() => "/v1/switch", 200, 403, { paused: false }),
};

/** Tried below, in tests of their own. */
const ELSEWHERE = [
  "GET /v1/sweeps/{id}/sessions",
  "GET /v1/erasures/{id}/sessions",
  "POST /v1/sessions/import",
];

const scopeOf = (of: Target): string => (of === "both" ? "" : SCOPES[of]);
const KEYS: readonly KeyName[] = ["a", "b", "star", "root"];
const reaches = (key: KeyName, of: Target): boolean =>
  key === "star" || key === "root" || key === of;

it("every route that needs a key is in the table", () => {
  const declared = ownPaths(world.document).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const { security } = operation as unknown as { security: readonly object[] };
      return security.length === 0 ? [] : [`${method.toUpperCase()} ${path}`];
    }),
  );
  const tried = [LISTS, TABLE, ONE_SCOPE, WHOLE].flatMap((rows) => Object.keys(rows));
  expect(declared.toSorted()).toEqual([...tried, ...ELSEWHERE].toSorted());
});

/** The status; of a 403 also whether it names what is not reached. */
async function answered(
  route: string,
  row: Row,
  key: KeyName,
  of: Target,
): Promise<readonly [status: number, named: boolean | null]> {
  const [method = ""] = route.split(" ");
  const [path, json] = await row.ask(of);
  const { status, body } = await world.as(key, method, path, json);
  const name = of === "both" ? "every workspace" : SCOPES[of];
  return [status, status === 403 ? String(body["detail"]).includes(name) : null];
}

const expectedOf = (status: number) => [status, status === 403 ? true : null];

describe("by a key of each tenant and of everybody", () => {
  it.each(Object.entries(TABLE))("%s", async (route, row) => {
    for (const key of KEYS) {
      for (const of of TARGETS) {
        const expected = expectedOf(reaches(key, of) ? row.own : row.other);
        expect([key, of, await answered(route, row, key, of)]).toEqual([key, of, expected]);
      }
    }
  });

  it.each(Object.entries(ONE_SCOPE))("%s", async (route, row) => {
    for (const key of KEYS) {
      for (const of of TENANTS) {
        const expected = expectedOf(reaches(key, of) ? row.own : row.other);
        expect([key, of, await answered(route, row, key, of)]).toEqual([key, of, expected]);
      }
    }
  });

  it.each(Object.entries(WHOLE))("%s", async (route, row) => {
    for (const key of KEYS) {
      const expected = expectedOf(reaches(key, "both") ? row.own : row.other);
      expect([key, await answered(route, row, key, "both")]).toEqual([key, expected]);
    }
  });

  it.each(Object.entries(LISTS))("%s shows what is reached", async (route, idOf) => {
    for (const key of KEYS) {
      const { body } = await world.as(key, "GET", `${route.slice("GET ".length)}?limit=100`);
      const ids = new Set((body["data"] as { id: string }[]).map(({ id }) => id));
      for (const of of TARGETS) {
        expect([key, of, ids.has(idOf(of))]).toEqual([key, of, reaches(key, of)]);
      }
    }
  });

  it.each([
    ["sweeps", "trigger=preview&status=observed&since=2020-01-01"],
    ["sweeps", "source=client_sessions&policy=p-b"],
    ["erasures", "status=no_match&reference=case-of-b"],
    ["holds", "reference=case-of-b"],
  ])("a filter shows nothing of %s that is not reached: %s", async (list, query) => {
    const shown = async (key: KeyName): Promise<string[]> => {
      const { body } = await world.as(key, "GET", `/v1/${list}?limit=100&${query}`);
      return (body["data"] as { id: string }[]).map(({ id }) => id);
    };
    const own = { sweeps: "sweep", erasures: "erasure", holds: "hold" } as const;
    const idOf = (of: Target): string => things[of][own[list as keyof typeof own]];
    expect(await shown("a")).not.toContain(idOf("b"));
    expect(await shown("a")).not.toContain(idOf("both"));
    expect(await shown("b")).toContain(idOf("b"));
    expect(await shown("root")).toContain(idOf("b"));
  });

  it("GET /v1/sweeps/{id}/sessions shows the sessions that are reached, of any plan", async () => {
    for (const key of KEYS) {
      for (const of of TARGETS) {
        const path = `/v1/sweeps/${things[of].sweep}/sessions`;
        const { status, body } = await world.as(key, "GET", path);
        const seen = TENANTS.filter(
          (one) => reaches(key, one) && (of === "both" || of === one),
        ).map((one) => SCOPES[one]);
        expect([key, of, status]).toEqual([key, of, seen.length === 0 ? 404 : 200]);
        const rows = (body["data"] ?? []) as { scope: string }[];
        expect(rows.map(({ scope }) => scope).toSorted()).toEqual(seen);
      }
    }
  });

  it("GET /v1/erasures/{id}/sessions shows the plan of a dry run to who reaches all of it", async () => {
    for (const of of TENANTS) {
      const { id } = await world.made("POST", "/v1/erasures", { ...erasureOf(of), dry_run: true });
      await world.ended(`/v1/erasures/${String(id)}`);
      for (const key of KEYS) {
        const path = `/v1/erasures/${String(id)}/sessions`;
        const { status, body } = await world.as(key, "GET", path);
        expect([key, of, status]).toEqual([key, of, reaches(key, of) ? 200 : 404]);
        const rows = (body["data"] ?? []) as { scope: string }[];
        expect(rows.every(({ scope }) => scope === SCOPES[of])).toBe(true);
      }
    }
  });

  it("a dry run is asked for by who may ask for the erasure", async () => {
    for (const key of KEYS) {
      for (const of of TENANTS) {
        const json = { ...erasureOf(of), dry_run: true };
        const { status } = await world.as(key, "POST", "/v1/erasures", json);
        expect([key, of, status]).toEqual([key, of, reaches(key, of) ? 202 : 403]);
      }
    }
  });

  it("GET /v1/policies tells no tenant how a policy is doing, whatever an earlier version reached", async () => {
    for (const key of KEYS) {
      const { body } = await world.as(key, "GET", "/v1/policies?limit=100");
      const entries = body["data"] as { state: object | null }[];
      const isBound = key === "a" || key === "b";
      expect(entries.length).toBeGreaterThan(0);
      expect([key, entries.every(({ state }) => (state === null) === isBound)]).toEqual([
        key,
        true,
      ]);
    }
  });

  it("GET /healthz tells a tenant as much as nobody", async () => {
    expect((await world.as("a", "GET", "/healthz")).body).toEqual({ status: expect.any(String) });
    expect((await world.as("star", "GET", "/healthz")).body).toHaveProperty("sources");
  });
});

import { expect, test } from "vitest";
import { createHarness, keyFor } from "../support/openapi/harness.ts";

const TODAY = "2026-09-01";

const asked = async (query: string, scope: "*" | "sweeps:read" = "*") => {
  const { ask, registrar } = await createHarness();
  const answer = await ask(`/v1/removals${query}`, { key: keyFor(scope) });
  return { answer, request: registrar.calls.find(({ method }) => method === "removals")?.args[0] };
};

test("sums the last 30 days by disposition, today included, where nothing else is asked", async () => {
  const { answer, request } = await asked("");
  const days = { since: "2026-08-03", until: TODAY };
  expect(request).toEqual({ ...days, by: ["disposition"], erasures: true });
  expect(answer.body).toEqual({
    ...days,
    counted: "sweeps_and_erasures",
    rows: [],
    totals: {},
  });
});

test("takes dates, times that stand for their day in UTC, and what rows are told apart by", async () => {
  const query = "?since=2026-01-31&until=2026-02-02T01:30:00%2B02:00&by=day,policy,source,clause";
  expect((await asked(query)).request).toMatchObject({
    since: "2026-01-31",
    until: "2026-02-01",
    by: ["day", "policy", "source", "clause"],
  });
});

test("answers the rows and the totals", async () => {
  const { ask, registrar } = await createHarness();
  const row = { day: TODAY, policy: null, clause: null, count: 3, gone: 2 };
  registrar.sums = { rows: [row], totals: { deleted: 2, held: 1 } };
  const { status, body } = await ask("/v1/removals?by=day,policy,clause");
  expect(status).toBe(200);
  expect(body).toMatchObject({ rows: [row], totals: { deleted: 2, held: 1 } });
});

test("counts no erasures for a key that may not read them, and says so", async () => {
  const { answer, request } = await asked("", "sweeps:read");
  expect(request).toMatchObject({ erasures: false });
  expect(answer.body).toMatchObject({ counted: "sweeps" });
});

test("takes 400 days, and not one more", async () => {
  expect((await asked("?since=2025-01-01&until=2026-02-04")).answer.status).toBe(200);
  const { answer, request } = await asked("?since=2025-01-01&until=2026-02-05");
  expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ field: "since" }] });
  expect(request).toBeUndefined();
});

test.each([
  ["since=yesterday", "since"],
  ["since=2026-02-30", "since"],
  ["until=2026-09-01T00:00", "until"],
  ["since=2026-09-02&until=2026-09-01", "since"],
  ["since=2026-09-02", "since"],
  ["by=", "by"],
  ["by=day,day2", "by"],
  ["by=count", "by"],
  ["by=day,", "by"],
  ["limit=5", "limit"],
])("refuses ?%s", async (query, field) => {
  const { answer, request } = await asked(`?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: "invalid_request" });
  expect(JSON.stringify(answer.body["errors"])).toContain(`"field":"${field}"`);
  expect(request).toBeUndefined();
});

test("refuses what has more rows than one answer holds", async () => {
  const { ask, registrar } = await createHarness();
  registrar.sums = null;
  expect((await ask("/v1/removals?by=day,policy")).body).toMatchObject({
    code: "invalid_request",
    errors: [{ field: "by" }],
  });
});

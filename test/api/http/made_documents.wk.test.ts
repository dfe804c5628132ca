import { expect, it } from "vitest";
import { policySchema } from "../../../src/core/policy/json_schema.ts";
import { createHarness } from "../../support/openapi/harness.ts";

/** As it is after its way through JSON. */
const sent = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

it("serves the OpenAPI document and the schema of policies that the code makes, to everybody", async () => {
  const { ask, document } = await createHarness();
  for (const [path, made] of [
    ["/openapi.json", document],
    ["/policy.schema.json", policySchema()],
  ] as const) {
    const { status, headers, body } = await ask(path, { key: null });
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(body).toEqual(sent(made));
  }
});

it("says so where a deployment was made without them", async () => {
  const asset = () => Promise.resolve(new Response(null, { status: 404 }));
  const { ask } = await createHarness({}, { asset });
  for (const path of ["/openapi.json", "/policy.schema.json"]) {
    const { status, body } = await ask(path, { key: null });
    expect([status, body["code"]]).toEqual([503, "not_configured"]);
  }
});

import { Validator } from "@cfworker/json-schema";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/api/app.ts";
import { describe as describeApi } from "../../../src/api/openapi/describe.ts";
import { EXAMPLES } from "../../../src/api/openapi/examples.ts";
import { splitDirections } from "../../../src/api/openapi/directions.ts";
import { operationIdOf, tagOf } from "../../../src/api/openapi/names.ts";

interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }>
  >;
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: unknown }>> };
}

const DOCUMENT = describeApi(createApp());
const PATHS = DOCUMENT["paths"] as unknown as Readonly<Record<string, Record<string, Operation>>>;
const OPERATIONS = Object.entries(PATHS).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    ...operation,
    route: `${method.toUpperCase()} ${path}`,
  })),
);

/** The routes of the operations that lack something. */
function lacking(has: (operation: Operation) => boolean): string[] {
  return OPERATIONS.filter((one) => !has(one)).map(({ route }) => route);
}

/** What Redocly's recommended rules find, errors and warnings alike. */
async function lint(document: object): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended"] });
  const found = await lintFromString({ source: JSON.stringify(document), config });
  return found.map(({ ruleId, message, location }) => {
    return `${ruleId} at ${location[0]?.pointer ?? "?"}: ${message}`;
  });
}

describe("the OpenAPI document", () => {
  it("breaks none of Redocly's recommended rules", async () => {
    expect(await lint(DOCUMENT)).toEqual([]);
  });

  it("and the rules find an example that is none, and a name that is missing", async () => {
    const text = JSON.stringify(DOCUMENT)
      .replace('"regulation":"gdpr"', '"regulation":"dsgvo"')
      .replace('"operationId":"getSweep",', "");
    const found = (await lint(JSON.parse(text) as object)).map((line) => line.split(" ")[0]);
    expect(new Set(found)).toEqual(
      new Set(["no-invalid-media-type-examples", "operation-operationId"]),
    );
  });

  it("gives every operation a name, a tag, a summary, its security, and each body an example", () => {
    expect(OPERATIONS.length).toBeGreaterThan(30);
    expect(lacking(({ operationId }) => operationId !== undefined)).toEqual([]);
    // A new first part of a path needs a line in src/api/openapi/names.ts.
    expect(lacking(({ tags }) => tags?.length === 1)).toEqual([]);
    expect(lacking(({ summary = "" }) => summary !== "")).toEqual([]);
    expect(lacking(({ security }) => security !== undefined)).toEqual([]);
    const bodies = ({ requestBody }: Operation) => Object.values(requestBody?.content ?? {});
    expect(lacking((one) => bodies(one).every(({ example }) => example !== undefined))).toEqual([]);
  });

  it("gives the answers an example that their own schema allows, and each of these is used", () => {
    const { schemas } = DOCUMENT["components"] as unknown as {
      readonly schemas: Readonly<Record<string, object>>;
    };
    const text = JSON.stringify(DOCUMENT);
    for (const [name, example] of Object.entries(EXAMPLES)) {
      const schema = { $ref: `#/components/schemas/${name}`, components: { schemas } };
      const { errors } = new Validator(schema, "2020-12", false).validate(example);
      expect([name, errors]).toEqual([name, []]);
      expect(text).toContain(JSON.stringify(example));
    }
    const answers = ({ responses }: Operation) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        status.startsWith("2") ? (content?.["application/json"] ?? []) : [],
      );
    const own = OPERATIONS.filter(({ route }) => !/ \/(client_sessions|v2)\//.test(route));
    expect(
      own
        .filter((one) => answers(one).some(({ example }) => example === undefined))
        .map(({ route }) => route),
    ).toEqual([
      "GET /openapi.json",
      "GET /policy.schema.json",
      "GET /v1/policies",
      "GET /v1/policies/{id}/versions",
      "GET /v1/sweeps/{id}/sessions",
      "GET /v1/erasures/{id}/sessions",
    ]);
  });

  it("gives no name twice", () => {
    const names = OPERATIONS.map(({ operationId }) => operationId);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("the name of an operation", () => {
  it.each([
    ["get", "/v1/policies", true, "listPolicies"],
    ["get", "/v1/policies/{id}", false, "getPolicy"],
    ["put", "/v1/policies/{id}", false, "putPolicy"],
    ["get", "/v1/policies/{id}/versions", true, "listPolicyVersions"],
    ["post", "/v1/holds", false, "createHold"],
    ["post", "/v1/sweeps/{id}/approve", false, "approveSweep"],
    ["post", "/v1/sessions/import", false, "importSessions"],
    ["post", "/v1/explain", false, "explain"],
    ["get", "/v1/switch", false, "getSwitch"],
    ["get", "/metrics", false, "getMetrics"],
  ])("of %s %s is made of it", (method, path, isList, name) => {
    expect(operationIdOf(method, path, isList)).toBe(name);
  });

  it("has no tag where nobody has said which", () => {
    expect([tagOf("/v1/sweeps/{id}"), tagOf("/v1/surprises")]).toEqual(["Sweeps", undefined]);
  });
});

describe("a schema with defaults", () => {
  const RULE = {
    type: "object",
    properties: {
      source: { type: "string" },
      mode: { type: "string", default: "observe", description: "What it does" },
      brake: { type: "object", properties: { percent: { default: 50 } }, default: {} },
    },
    required: ["source"],
  };
  const json = (name: string) => ({
    content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
  });
  const split = splitDirections({
    paths: {
      "/a": {
        put: { requestBody: json("Rule"), responses: { "200": json("Entry") } },
        post: { requestBody: json("Ask"), responses: {} },
      },
    },
    components: {
      schemas: {
        Rule: RULE,
        Entry: { type: "object", properties: { rule: { $ref: "#/components/schemas/Rule" } } },
        Ask: { type: "object", properties: { exact: { type: "boolean", default: false } } },
      },
    },
  });
  const schemas = (split["components"] as { schemas: Record<string, unknown> }).schemas;

  it("stands twice where it is in requests and in answers, even of another schema", () => {
    expect(Object.keys(schemas).toSorted()).toEqual(["Ask", "Entry", "Rule", "RuleInput"]);
    expect(split["paths"]).toMatchObject({ "/a": { put: { requestBody: json("RuleInput") } } });
    expect(schemas["Entry"]).toMatchObject({
      properties: { rule: { $ref: "#/components/schemas/Rule" } },
    });
  });

  it("asks for none of them in a request, and promises all in an answer", () => {
    expect(schemas["RuleInput"]).toEqual({
      type: "object",
      properties: {
        source: { type: "string" },
        mode: { type: "string", description: 'What it does. Without it: `"observe"`' },
        brake: {
          type: "object",
          properties: { percent: { description: "Without it: `50`" } },
        },
      },
      required: ["source"],
    });
    expect(schemas["Rule"]).toMatchObject({
      required: ["source", "mode", "brake"],
      properties: { brake: { required: ["percent"] } },
    });
    expect(schemas["Ask"]).toEqual({
      type: "object",
      properties: { exact: { type: "boolean", description: "Without it: `false`" } },
    });
    expect(JSON.stringify(split)).not.toContain('"default"');
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiDocuments, writeApiDocuments } from "../../scripts/assets/api.ts";
import { expectDeclared, ownPaths, type ApiDocument } from "../support/openapi/openapi.ts";
import { API_KEY, startWorker, type BuiltWorker } from "./seam_worker.ts";

// The built Worker lacks what only documents need. What it serves and checks must be the same all the same.

const MADE = JSON.parse(JSON.stringify(apiDocuments())) as Readonly<Record<string, unknown>>;
const DOCUMENT = MADE["openapi.json"] as ApiDocument;

let worker: BuiltWorker;

beforeAll(async () => {
  await writeApiDocuments(join(import.meta.dirname, "../../assets"));
  worker = await startWorker();
});

afterAll(async () => {
  await worker.close();
});

/** Asks with a key that may do everything; what the document does not declare is thrown. */
async function ask(method: string, path: string, body?: unknown): Promise<unknown[]> {
  const response = await fetch(worker.url + path, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get("content-type");
  const answer: unknown = type?.includes("json") ? await response.json() : await response.text();
  expectDeclared(DOCUMENT, method, path, { status: response.status, type, body: answer });
  return [response.status, answer];
}

test.each(Object.keys(MADE))("serves the %s that the code makes", async (name) => {
  const response = await fetch(`${worker.url}/${name}`);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual(MADE[name]);
});

test("answers each list and each report as the document declares it", async () => {
  const paths = ownPaths(DOCUMENT)
    .filter(([path, item]) => !path.includes("{") && "get" in item)
    .map(([path]) => path);
  expect(paths.length).toBeGreaterThan(10);
  for (const path of paths) {
    expect([path, (await ask("GET", path))[0]]).toEqual([path, 200]);
  }
});

test("checks queries, paths, headers and bodies", async () => {
  const refused = (field: string) => [
    400,
    expect.objectContaining({ errors: [expect.objectContaining({ field })] }),
  ];
  expect(await ask("GET", "/v1/sweeps?limit=0")).toEqual(refused("limit"));
  expect(await ask("GET", `/v1/sweeps/${"x".repeat(101)}`)).toEqual(refused("id"));
  expect(await ask("POST", "/v1/sweeps", { policy: 1 })).toEqual(refused("policy"));
  const policy = { source: "client_sessions", expire: [{ clock: "expires_at", after: "P1M" }] };
  expect((await ask("PUT", "/v1/policies/monthly", policy))[0]).toBe(201);
  expect((await ask("POST", "/v1/sweeps", { policy: "monthly" }))[0]).toBe(202);
});

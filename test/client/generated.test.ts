import openapi, { astToString } from "openapi-typescript";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/api/app.ts";
import { describe as describeApi } from "../../src/api/openapi/describe.ts";
import { blocksOf, sectionOf, textOf } from "../documents/text.ts";

/** A caller in the types of a generated client: what an operation does not take or answer is a fault. */
const CALLER = `
import type { paths } from "./api";
type Json<T> = T extends { content: { "application/json": infer B } } ? B : never;
type Of<P extends keyof paths, M extends keyof paths[P]> = NonNullable<paths[P][M]>;
type BodyOf<O> = O extends { requestBody?: infer R } ? Json<NonNullable<R>> : never;
type AnswerOf<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202)]> : never;
export declare function ask<P extends keyof paths, M extends keyof paths[P]>(
  method: M,
  path: P,
  ...body: [BodyOf<Of<P, M>>] extends [never] ? [] : [body: BodyOf<Of<P, M>>]
): Promise<AnswerOf<Of<P, M>>>;
`;

const DOCUMENT = describeApi(createApp());
const TEMPLATES = Object.keys(DOCUMENT["paths"] as object);

let api = "";
beforeAll(async () => {
  // A copy: the generator writes into what it is given.
  const document = JSON.parse(JSON.stringify(DOCUMENT)) as Parameters<typeof openapi>[0];
  api = astToString(await openapi(document, { silent: true }));
});

/** What TypeScript says against a program, by its line. */
function faultsIn(program: readonly string[]): { readonly line: number; readonly text: string }[] {
  const files = new Map([
    ["/api.ts", api],
    ["/caller.ts", CALLER],
    ["/main.ts", ['import { ask } from "./caller";', ...program].join("\n")],
  ]);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) => {
    const text = files.get(name);
    return text === undefined ? read(name, target) : ts.createSourceFile(name, text, target);
  };
  host.fileExists = (name) => files.has(name);
  const made = ts.createProgram(["/main.ts"], options, host);
  return ts.getPreEmitDiagnostics(made).map(({ file, start, messageText }) => ({
    line: file?.fileName === "/main.ts" ? file.getLineAndCharacterOfPosition(start ?? 0).line : -1,
    text: `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  }));
}

/** The calls of a document's shell text, each as a call of the generated client on one line. */
function callsIn(text: string): string[] {
  const asked = text.matchAll(/\bask (?:-X (\w+) )?"\$LETHE([^"?]*)[^"]*"(?: -d '([^']*)')?/g);
  return [...asked].map(([, method, path = "", body]) => {
    const template = TEMPLATES.find((one) =>
      new RegExp(`^${one.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path),
    );
    const verb = (method ?? (body === undefined ? "GET" : "POST")).toLowerCase();
    return callOf(verb, template ?? path, body);
  });
}

function callOf(verb: string, path: string, body?: string): string {
  const sent = body === undefined ? "" : `, ${JSON.stringify(JSON.parse(body))}`;
  return `void ask("${verb}", "${path}"${sent});`;
}

describe("a client that is generated from the OpenAPI document", () => {
  it("takes the calls of the README as they stand there", () => {
    const readme = textOf("README.md");
    const calls = [
      ...callsIn(sectionOf(readme, "A first policy")),
      ...callsIn(sectionOf(readme, "A first erasure")),
      ...callsIn(sectionOf(textOf("docs/API.md"), "The embedded store")),
    ];
    expect(calls.map((call) => call.split(", ", 2).join(", "))).toEqual([
      'void ask("get", "/v1/sweeps");',
      'void ask("put", "/v1/policies/{id}"',
      'void ask("post", "/v1/sweeps"',
      'void ask("get", "/v1/sweeps");',
      'void ask("post", "/v1/erasures"',
      'void ask("get", "/v1/erasures");',
      'void ask("post", "/client_sessions/list"',
      'void ask("post", "/client_sessions/get"',
      'void ask("get", "/v2/agents");',
    ]);
    expect(faultsIn(calls)).toEqual([]);
  });

  it("takes the smallest policy, the hold of the guide, and an approval of what a report says", () => {
    const [hold = ""] = blocksOf(textOf("docs/HOLDS.md"), "json");
    const policy =
      '{ "source": "agent_sessions", "expire": [{ "clock": "created_at", "after": "P1M" }] }';
    expect(
      faultsIn([
        callOf("put", "/v1/policies/{id}", policy),
        callOf("post", "/v1/holds", hold),
        'const sweep = await ask("get", "/v1/sweeps/{id}");',
        "if (sweep.plan_digest !== null)",
        '  void ask("post", "/v1/sweeps/{id}/approve", { plan_digest: sweep.plan_digest });',
      ]),
    ).toEqual([]);
  });

  it("is told that an answer has what a request may leave out", () => {
    expect(
      faultsIn([
        'const policy = await ask("get", "/v1/policies/{id}");',
        'const mode: "off" | "observe" | "enforce" = policy.mode;',
        "const most: number = policy.budget.items + policy.brake.percent;",
        "export { mode, most };",
      ]),
    ).toEqual([]);
  });

  it("does not compile with a call that is wrong", () => {
    const clause = '[{ clock: "created_at", after: "P1M" }]';
    const wrong = [
      'void ask("put", "/v1/policies/{id}", { source: "agent_sessions" });',
      `void ask("put", "/v1/policies/{id}", { source: "s", expire: ${clause}, mode: "delete" });`,
      `void ask("put", "/v1/policies/{id}", { source: "s", expire: ${clause}, brakes: {} });`,
      'void ask("put", "/v1/policies/{id}", { source: "s", expire: [{ clock: "age", after: "P1M" }] });',
      'void ask("put", "/v1/policies/{id}");',
      'void ask("put", "/v1/sweeps", { policy: "p" });',
      'void ask("post", "/v1/sweep", { policy: "p" });',
      'void ask("post", "/v1/erasures", { subject: {} });',
      'void ask("post", "/v1/erasures", { identifiers: [{ type: "customer_key", value: "x" }] });',
      'void ask("post", "/v1/holds", { ground: { text: "x" }, owner: "legal", review_at: "2027" });',
      'void ask("post", "/v1/sweeps/{id}/approve", {});',
      'void ask("post", "/client_sessions/delete", { user_identifier_key: "jane_doe" });',
      'void ask("post", "/v1/sweeps/{id}/approve", { plan_digest: (await ask("get", "/v1/sweeps/{id}")).plan_digest });',
    ];
    const lines = new Set(faultsIn(wrong).map(({ line }) => line));
    expect([...lines].toSorted((a, b) => a - b)).toEqual(wrong.map((_, place) => place + 1));
  });
});

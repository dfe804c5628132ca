import { createApp } from "../../../src/api/app.ts";
import { describe } from "../../../src/api/openapi/describe.ts";
import { expectDeclared, isDeclared, type ApiDocument } from "./openapi.ts";

const DOCUMENT = describe(createApp()) as unknown as ApiDocument;

/** Holds an answer of the embedded store against the OpenAPI document, and gives it on unread. */
export async function described(
  method: string,
  path: string,
  response: Response,
): Promise<Response> {
  const type = response.headers.get("content-type");
  // Seam's answer to a body that is no JSON has no content type, which no document can say.
  if (isDeclared(DOCUMENT, method, path) && (type !== null || response.status === 204)) {
    const text = await response.clone().text();
    const body: unknown = type?.includes("json") === true ? JSON.parse(text) : text;
    expectDeclared(DOCUMENT, method, path, { status: response.status, type, body });
  }
  return response;
}

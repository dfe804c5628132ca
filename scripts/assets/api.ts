import { join } from "node:path";
import { createApp } from "../../src/api/app.ts";
import { describe } from "../../src/api/openapi/describe.ts";
import { policySchema } from "../../src/core/policy/json_schema.ts";
import { writeChanged } from "./changed.ts";

/** The documents that the API serves and that are made from its code, by their names in assets/. */
export function apiDocuments(): Readonly<Record<string, object>> {
  return { "openapi.json": describe(createApp()), "policy.schema.json": policySchema() };
}

/** Writes them. */
export async function writeApiDocuments(to: string): Promise<void> {
  for (const [name, document] of Object.entries(apiDocuments())) {
    await writeChanged(join(to, name), JSON.stringify(document));
  }
}

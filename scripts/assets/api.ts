import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp } from "../../src/api/app.ts";
import { describe } from "../../src/api/openapi/describe.ts";
import { policySchema } from "../../src/core/policy/json_schema.ts";

/** The documents that the API serves and that are made from its code, by their names in assets/. */
export function apiDocuments(): Readonly<Record<string, object>> {
  return { "openapi.json": describe(createApp()), "policy.schema.json": policySchema() };
}

/** Writes them. What is the same is left alone: a Worker that runs would start again. */
export async function writeApiDocuments(to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const [name, document] of Object.entries(apiDocuments())) {
    const file = join(to, name);
    const text = JSON.stringify(document);
    if ((await textOf(file)) !== text) {
      await writeFile(file, text);
    }
  }
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return null;
    }
    throw error;
  }
}

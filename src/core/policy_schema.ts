import * as z from "zod";
import { Policy } from "./policy.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The JSON Schema (2020-12) of a policy file, for editors: what `Policy` takes, and `$schema`, which names
 * this very schema and is no part of the policy. What it lets through is judged by `parsePolicy`.
 */
export function policySchema(): { readonly $schema: string; readonly [key: string]: unknown } {
  const { properties, ...rest } = z.toJSONSchema(Policy, { io: "input", target: "draft-2020-12" });
  return {
    ...rest,
    $schema: DRAFT,
    title: "A retention policy of Lethe",
    properties: {
      $schema: { type: "string", description: "where this schema is; no part of the policy" },
      ...properties,
    },
  };
}

/** The policy in a file: its document without `$schema`. */
export function documentOf(file: unknown): unknown {
  if (typeof file !== "object" || file === null || Array.isArray(file)) {
    return file;
  }
  return Object.fromEntries(Object.entries(file).filter(([key]) => key !== "$schema"));
}

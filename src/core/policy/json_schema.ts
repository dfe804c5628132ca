import * as z from "zod";
import { Policy } from "./policy.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** What an editor shows beside each field. */
const HELP: Readonly<Record<keyof Policy, string>> = {
  description: "text for people",
  source: "whose sessions: client_sessions, agent_sessions, or a name of SOURCES",
  expire: "due when any clause is: its clock lies `after` or longer ago",
  mode: "off, observe (plans and reports, removes nothing) or enforce",
  match: "only these sessions; absent: all of the source",
  keep: "never younger than min_age; never the latest n of one person",
  children:
    "what a session has made, names nobody and is not due: wait for it (default), or take it together",
  budget: "at most so many a sweep, the longest overdue first; per_second can only lower the pace",
  brake: "more than this due: remove nothing and wait for approval",
  schedule:
    "five cron fields in UTC, or { cron, zone, jitter }; absent: hourly, or every tick locally",
  approval: "none, changes (a wider version) or every plan; it can only ask for more than APPROVAL",
  verify: "percent of removals that are read back",
  note: "legal basis, copied into each report",
};

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
      ...Object.fromEntries(
        Object.entries(properties ?? {}).map(([field, schema]) => [
          field,
          typeof schema === "boolean"
            ? schema
            : { ...schema, description: HELP[field as keyof Policy] },
        ]),
      ),
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

import * as z from "zod";
import { Policy } from "../../../src/core/policy/policy.ts";
import type { ApiClient } from "../../start/client.ts";
import { readAll } from "../answers.ts";

const Entry = z.object({
  id: z.string(),
  digest: z.string().nullable(),
  policy: Policy.nullable(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
});
/** A policy as the Worker has it; without policy and digest it is invalid. */
export type StoredEntry = z.output<typeof Entry>;

/** All policies that the Worker has, the invalid ones too, by id. */
export async function listStored(
  client: Pick<ApiClient, "get">,
): Promise<ReadonlyMap<string, StoredEntry>> {
  const entries = await readAll(client, "/v1/policies", Entry, "list of policies");
  return new Map(entries.map((entry) => [entry.id, entry]));
}

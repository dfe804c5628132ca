import * as z from "zod";
import { fieldErrors, Policy } from "../../../src/core/policy/policy.ts";
import { Unreachable, type ApiClient } from "../../start/client.ts";

const Entry = z.object({
  id: z.string(),
  digest: z.string().nullable(),
  policy: Policy.nullable(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
});
/** A policy as the Worker has it; without policy and digest it is invalid. */
export type StoredEntry = z.output<typeof Entry>;

const Page = z.object({ data: z.array(Entry), next_cursor: z.string().nullable() });

/** All policies that the Worker has, the invalid ones too, by id. */
export async function listStored(
  client: Pick<ApiClient, "get">,
): Promise<ReadonlyMap<string, StoredEntry>> {
  const found = new Map<string, StoredEntry>();
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = Page.safeParse(await client.get(`/v1/policies?limit=100${query}`));
    if (!page.success) {
      const [{ field, message } = { field: "", message: "" }] = fieldErrors(page.error);
      throw new Unreachable(
        `the answer is no list of policies that this version knows (${field}: ${message}): take the one that is deployed`,
      );
    }
    for (const entry of page.data.data) {
      found.set(entry.id, entry);
    }
    cursor = page.data.next_cursor;
  } while (cursor !== null);
  return found;
}

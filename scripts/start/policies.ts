import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { Policy, policyDigest } from "../../src/core/policy.ts";
import { Refusal } from "./arguments.ts";
import type { ApiClient } from "./client.ts";
import {
  decideShipped,
  type Decision,
  type ShippedPolicy,
  type StoredPolicy,
  type Target,
} from "./shipped_policy.ts";
import type { Memory } from "./state.ts";

/** What became of one policy at this start. */
export interface PolicyOutcome {
  readonly id: string;
  readonly mode: Policy["mode"];
  readonly target: Target;
  /** `other`: not one of the shipped ones. */
  readonly reason: Decision["reason"] | "other";
}

const Page = z.object({
  data: z.array(
    z.object({ id: z.string(), digest: z.string().nullable(), policy: Policy.nullable() }),
  ),
  next_cursor: z.string().nullable(),
});

/** Reads the shipped policies of a folder: one `<id>.json` each. */
export async function readShipped(folder: string): Promise<ReadonlyMap<string, ShippedPolicy>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const shipped = new Map<string, ShippedPolicy>();
  for (const name of names) {
    const parsed = Policy.safeParse(JSON.parse(await readFile(join(folder, name), "utf8")));
    if (!parsed.success) {
      throw new Refusal(`${join(folder, name)} is not a policy: ${z.prettifyError(parsed.error)}`);
    }
    const policy = parsed.data;
    shipped.set(name.slice(0, -".json".length), {
      policy,
      digests: {
        enforce: policyDigest({ ...policy, mode: "enforce" }),
        observe: policyDigest({ ...policy, mode: "observe" }),
      },
    });
  }
  return shipped;
}

/**
 * Loads the shipped policies, and sees to it that none of them enforces on an account that nobody chose
 * to enforce it on. To be called before the first tick. `remember` is told after each write: a crash in
 * between leaves a policy that is looked at again, never one that is taken for a person's choice.
 */
export async function loadPolicies(
  shipped: ReadonlyMap<string, ShippedPolicy>,
  targets: ReadonlyMap<string, Target>,
  memory: Memory,
  remember: (memory: Memory) => Promise<void>,
  client: Pick<ApiClient, "get" | "put">,
): Promise<readonly PolicyOutcome[]> {
  const stored = await readStored(client);
  const outcomes: PolicyOutcome[] = [];
  const remembered = { ...memory.policies };
  for (const [id, policy] of shipped) {
    const target = targets.get(policy.policy.source);
    if (target === undefined) {
      throw new Refusal(
        `policies/${id}.json names the source ${policy.policy.source}, which is not configured`,
      );
    }
    const entry = stored.get(id) ?? null;
    const decision = decideShipped(policy, entry, remembered[id] ?? null, target);
    if (decision.write !== null) {
      await client.put(`/v1/policies/${id}`, decision.write);
    }
    remembered[id] = decision.memory;
    await remember({ ...memory, policies: remembered });
    const now = decision.write ?? entry?.policy ?? null;
    if (now !== null) {
      outcomes.push({ id, mode: now.mode, target, reason: decision.reason });
    }
  }
  const others = [...stored].filter(([id]) => !shipped.has(id));
  return [
    ...outcomes,
    ...others.flatMap(([id, { policy }]): PolicyOutcome[] => {
      const target = targets.get(policy.source);
      return target === undefined ? [] : [{ id, mode: policy.mode, target, reason: "other" }];
    }),
  ];
}

/** All valid policies that the Worker has. An invalid one runs nowhere, whatever it says. */
async function readStored(client: Pick<ApiClient, "get">): Promise<Map<string, StoredPolicy>> {
  const found = new Map<string, StoredPolicy>();
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.output<typeof Page> = Page.parse(
      await client.get(`/v1/policies?limit=100${query}`),
    );
    for (const { id, digest, policy } of page.data) {
      if (policy !== null && digest !== null) {
        found.set(id, { policy, digest });
      }
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

import { policyDigest, type Policy } from "../../src/core/policy/policy.ts";
import { problemLines, readPolicyFiles } from "../lethe/policy/files.ts";
import { alsoUnknown, knownSources } from "../lethe/policy/sources.ts";
import { listStored } from "../lethe/policy/stored.ts";
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

/** Reads the shipped policies of a folder: one `<id>.json` each. */
export async function readShipped(folder: string): Promise<ReadonlyMap<string, ShippedPolicy>> {
  const shipped = new Map<string, ShippedPolicy>();
  const targets = alsoUnknown(knownSources(undefined));
  for (const { id, path, read } of await readPolicyFiles(folder, targets)) {
    if (!read.ok) {
      throw new Refusal(problemLines(path, read.error).join("; "));
    }
    const { policy } = read.value;
    const digest = (mode: Policy["mode"]) => policyDigest({ ...policy, mode });
    shipped.set(id, {
      policy,
      digests: { enforce: digest("enforce"), observe: digest("observe") },
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
  const entries = [...(await listStored(client)).values()];
  return new Map(
    entries.flatMap(({ id, policy, digest }) =>
      policy === null || digest === null ? [] : [[id, { policy, digest }] as const],
    ),
  );
}

import * as z from "zod";
import { POLICY_ID } from "../../core/policy/policy.ts";
import { POLICY_ID_RULE, readPolicy, type StoredPolicy } from "../../kv/policies.ts";
import { readCurrent, type CurrentEntry } from "../../kv/read_current.ts";
import { policyTargets } from "../../kv/targets.ts";
import type { ApiContext } from "./context.ts";

// How every route finds a policy: by an id of one form, in KV, held against the sources as they are now.

export const policyId = z.string().regex(POLICY_ID, POLICY_ID_RULE);

/** The path parameter of one policy. */
export const ONE_POLICY = z.strictObject({ id: policyId });

/** The document that KV shows; null: none. */
export function readStored(c: ApiContext, id: string): Promise<StoredPolicy | null> {
  const { policies: kv, config } = c.get("deps");
  return readPolicy(kv, id, policyTargets(config.sources));
}

/** The newest versions of some policies, even while KV shows older ones. */
export function readNewest(
  c: ApiContext,
  ids: readonly string[],
): Promise<readonly CurrentEntry[]> {
  const { policies: kv, config, registrar } = c.get("deps");
  return readCurrent(kv, registrar, ids, policyTargets(config.sources));
}

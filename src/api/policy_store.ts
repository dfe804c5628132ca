import { parsePolicy, POLICY_ID, POLICY_MAX_BYTES, policyDigest } from "../core/policy.ts";
import type { FieldError, Policy, PolicyTarget } from "../core/policy.ts";
import { wrongKeys } from "../core/json_keys.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { LoadedPolicy } from "../registrar/contract.ts";
import { parseJson, readBounded } from "./json.ts";

const PREFIX = "policy:";

/** The part of KV that is used. */
export type PolicyKv = Pick<KVNamespace, "get" | "put" | "delete" | "list">;

/** A stored policy: valid, or with what is wrong with it. */
export type StoredPolicy = Result<LoadedPolicy, readonly FieldError[]>;

/** The sources that policies may name, and what they may say about each. */
export type PolicyTargets = ReadonlyMap<string, PolicyTarget>;

/** Ids of all stored policies, in order, whatever they look like. Throws when KV is unreadable. */
export async function listPolicyIds(kv: PolicyKv): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: KVNamespaceListResult<unknown> = await kv.list({ prefix: PREFIX, cursor });
    ids.push(...page.keys.map(({ name }) => name.slice(PREFIX.length)));
    cursor = page.list_complete ? null : page.cursor;
  } while (cursor !== null);
  return ids.toSorted();
}

/**
 * Reads one policy, or null when there is none. Value by value and as a stream: one oversized value
 * fails a whole bulk read, and may be 25 MiB. Throws when KV is unreadable.
 */
export async function readPolicy(
  kv: PolicyKv,
  id: string,
  targets: PolicyTargets,
): Promise<StoredPolicy | null> {
  const document = await readDocument(kv, id);
  return document === null || !document.ok ? document : loadPolicy(id, document.value, targets);
}

/** The same without a look at what the document says; an error where it is none. */
export async function readDocument(
  kv: PolicyKv,
  id: string,
): Promise<Result<unknown, readonly FieldError[]> | null> {
  const body = await kv.get(PREFIX + id, "stream");
  if (body === null) {
    return null;
  }
  const text = await readBounded({ body }, POLICY_MAX_BYTES);
  if (!text.ok) {
    const message =
      text.error === "too_large" ? `over ${POLICY_MAX_BYTES} bytes: make it smaller` : "not UTF-8";
    return err([{ field: "", message }]);
  }
  return parseDocument(text.value);
}

/** The document in a text of KV or of a file, with every key as it was written. */
export function parseDocument(text: string): Result<unknown, readonly FieldError[]> {
  const document = parseJson(text);
  if (!document.ok) {
    return err([{ field: "", message: `the text ${document.error}` }]);
  }
  const errors = wrongKeys(text);
  return errors.length === 0 ? ok(document.value) : err(errors);
}

/** Reads a policy document under an id. */
export function loadPolicy(id: string, document: unknown, targets: PolicyTargets): StoredPolicy {
  if (!POLICY_ID.test(id)) {
    return err([{ field: "id", message: POLICY_ID_RULE }]);
  }
  const parsed = parsePolicy(document, targets);
  return parsed.ok ? ok({ id, digest: policyDigest(parsed.value), policy: parsed.value }) : parsed;
}

export const POLICY_ID_RULE =
  "use 1 to 63 lower-case letters, digits, - and _, and begin with a letter or digit";

/** The text that KV holds for a policy. */
export function policyText(policy: Policy): string {
  return JSON.stringify(policy);
}

export async function writePolicy(kv: PolicyKv, id: string, text: string): Promise<void> {
  await kv.put(PREFIX + id, text);
}

export async function deletePolicy(kv: PolicyKv, id: string): Promise<void> {
  await kv.delete(PREFIX + id);
}

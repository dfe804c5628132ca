import {
  parsePolicy,
  POLICY_ID,
  POLICY_MAX_BYTES,
  policyDigest,
  type FieldError,
  type Policy,
  type PolicyTarget,
} from "../core/policy/policy.ts";
import { wrongKeys } from "../core/values/json_keys.ts";
import { err, ok, type Result } from "../core/values/result.ts";
import type { PolicyVersion } from "../contract/registrar.ts";
import { parseJson } from "../core/values/json.ts";
import { readBounded } from "../platform/bounded_body.ts";

const PREFIX = "policy:";

/** Keys of one bulk read: what the platform allows. */
const BULK_KEYS = 100;

/** Reads of one invocation, of the thousand operations that it has. */
const MOST_READS = 800;

/** The part of KV that is used. */
export type PolicyKv = Pick<KVNamespace, "get" | "put" | "delete" | "list">;

/** A stored policy: valid, or with what is wrong with it. */
export type StoredPolicy = Result<PolicyVersion, readonly FieldError[]>;

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

/** Reads one policy, or null when there is none. Throws when KV does not give it. */
export async function readPolicy(
  kv: PolicyKv,
  id: string,
  targets: PolicyTargets,
): Promise<StoredPolicy | null> {
  const document = await readDocument(kv, id);
  return document === null || !document.ok ? document : readVersion(id, document.value, targets);
}

/**
 * Reads policies, each as `readPolicy` does; what KV did not give is `unread`, and neither invalid nor gone.
 * Throws when it gave none.
 */
export async function readPolicies(
  kv: PolicyKv,
  ids: readonly string[],
  targets: PolicyTargets,
): Promise<Map<string, StoredPolicy | null | "unread">> {
  const documents = await readDocuments(kv, ids);
  return new Map(
    [...documents].map(([id, document]) => [
      id,
      document === "unread" || document === null || !document.ok
        ? document
        : readVersion(id, document.value, targets),
    ]),
  );
}

/** A stored document; an error where it is none, null where nothing is stored. */
export type StoredDocument = Result<unknown, readonly FieldError[]> | null;

/**
 * The documents of many policies, a hundred in one operation: an invocation has a thousand. A bulk read that
 * fails, because one value is too large for it, is halved down to single reads. An id that is none has no document.
 */
export async function readDocuments(
  kv: PolicyKv,
  ids: readonly string[],
): Promise<Map<string, StoredDocument | "unread">> {
  const documents = new Map<string, StoredDocument | "unread">();
  const queue: (readonly string[])[] = [];
  const named = ids.filter((id) => POLICY_ID.test(id));
  for (let from = 0; from < named.length; from += BULK_KEYS) {
    queue.push(named.slice(from, from + BULK_KEYS));
  }
  for (let reads = 0, some = queue.shift(); some !== undefined; some = queue.shift(), reads++) {
    const read = reads < MOST_READS ? await readSome(kv, some) : null;
    if (read !== null) {
      for (const [id, document] of read) {
        documents.set(id, document);
      }
    } else if (some.length > 1 && reads < MOST_READS) {
      const middle = Math.ceil(some.length / 2);
      queue.push(some.slice(0, middle), some.slice(middle));
    } else {
      for (const id of some) {
        documents.set(id, "unread");
      }
    }
  }
  if (named.length > 0 && named.every((id) => documents.get(id) === "unread")) {
    throw new Error("no policy could be read from KV");
  }
  const noId = err([{ field: "id", message: POLICY_ID_RULE }]);
  return new Map(ids.map((id) => [id, documents.get(id) ?? (POLICY_ID.test(id) ? null : noId)]));
}

/** One operation: one document by itself, or several in bulk; null when KV does not give them. */
async function readSome(
  kv: PolicyKv,
  ids: readonly string[],
): Promise<Map<string, StoredDocument> | null> {
  const [only] = ids;
  try {
    if (only !== undefined && ids.length === 1) {
      return new Map([[only, await readDocument(kv, only)]]);
    }
    const texts = await kv.get(
      ids.map((id) => PREFIX + id),
      "text",
    );
    const read = new Map<string, StoredDocument>();
    for (const id of ids) {
      const text = texts.get(PREFIX + id) ?? null;
      // A bulk read puts this character where the bytes are not UTF-8.
      const isDoubtful = text?.includes("\uFFFD") === true;
      read.set(id, isDoubtful ? await readDocument(kv, id) : documentOf(text));
    }
    return read;
  } catch {
    return null;
  }
}

function documentOf(text: string | null): StoredDocument {
  if (text === null) {
    return null;
  }
  return new TextEncoder().encode(text).length > POLICY_MAX_BYTES
    ? unreadable("too_large")
    : parseDocument(text);
}

/** One document by itself, as a stream: it may be 25 MiB. Throws when KV does not give it. */
async function readDocument(kv: PolicyKv, id: string): Promise<StoredDocument> {
  const body = await kv.get(PREFIX + id, "stream");
  if (body === null) {
    return null;
  }
  const text = await readBounded({ body }, POLICY_MAX_BYTES);
  return text.ok ? parseDocument(text.value) : unreadable(text.error);
}

function unreadable(why: string): StoredDocument {
  const message =
    why === "too_large" ? `over ${POLICY_MAX_BYTES} bytes: make it smaller` : "not UTF-8";
  return err([{ field: "", message }]);
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
export function readVersion(id: string, document: unknown, targets: PolicyTargets): StoredPolicy {
  if (!POLICY_ID.test(id)) {
    return err([{ field: "id", message: POLICY_ID_RULE }]);
  }
  const parsed = parsePolicy(document, targets);
  return parsed.ok ? ok({ id, digest: policyDigest(parsed.value), policy: parsed.value }) : parsed;
}

export const POLICY_ID_RULE =
  "use 1 to 63 lower-case letters, digits, - and _, and begin with a letter or digit";

/** The JSON that KV holds for a policy. */
export function policyJson(policy: Policy): string {
  return JSON.stringify(policy);
}

export async function writePolicy(kv: PolicyKv, id: string, json: string): Promise<void> {
  await kv.put(PREFIX + id, json);
}

export async function deletePolicy(kv: PolicyKv, id: string): Promise<void> {
  await kv.delete(PREFIX + id);
}

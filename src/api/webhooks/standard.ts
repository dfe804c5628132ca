import { equalSecrets } from "../../core/values/hash.ts";
import { keyOfSecret, SECRET_RULE, signDelivery } from "../../core/values/standard_webhooks.ts";
import type { Dialect, Event, RawDelivery, Verified } from "./dialect.ts";

// Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures (v1) only.

const FAMILIES = ["webhook", "svix"] as const;
const PARTS = ["id", "timestamp", "signature"] as const;

// No dots: id "a" with body "T.{}" and id "a.T" with body "{}" would sign alike.
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIMESTAMP = /^\d{9,11}$/;
const SIGNATURE = /^[a-z0-9]{1,8},[A-Za-z0-9+/]{1,200}={0,2}$/;
const MAX_SIGNATURES = 8;
const TOLERANCE_S = 5 * 60;

/** Verifies and reads the `webhook-*` or `svix-*` deliveries of Standard Webhooks, Svix and Clerk. */
export const standardDialect: Dialect = { verify, read, secretProblem };

function verify({ headers, body }: RawDelivery, secrets: readonly string[], now: number): Verified {
  const families = FAMILIES.filter((family) =>
    PARTS.some((part) => headers.has(`${family}-${part}`)),
  );
  const [family] = families;
  if (family === undefined || families.length > 1) {
    return refused("send the headers of one family: webhook-id, -timestamp and -signature");
  }
  const [id = "", timestamp = "", signature = ""] = PARTS.map(
    (part) => headers.get(`${family}-${part}`) ?? "",
  );
  if (!ID.test(id)) {
    return refused(`${family}-id is not 1 to 128 letters, digits, - and _`);
  }
  if (!TIMESTAMP.test(timestamp)) {
    return refused(`${family}-timestamp is not a number of seconds since 1970`);
  }
  const signatures = signature.split(" ");
  if (signatures.length > MAX_SIGNATURES || !signatures.every((one) => SIGNATURE.test(one))) {
    return refused(`${family}-signature is not 1 to ${MAX_SIGNATURES} signatures "v1,<base64>"`);
  }
  if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE_S) {
    return refused(`${family}-timestamp is more than 5 minutes from now`);
  }
  return isSigned(secrets, (key) => signDelivery(key, id, timestamp, body), signatures)
    ? { kind: "verified", webhook_id: id }
    : refused("no signature is by a current secret of this hook over this body");
}

/** Every pair is compared, so that neither the place nor the likeness of a match shows in the time. */
function isSigned(
  secrets: readonly string[],
  sign: (key: Uint8Array) => string,
  signatures: readonly string[],
): boolean {
  let found = false;
  for (const secret of secrets) {
    const key = keyOfSecret(secret);
    if (key === null) {
      continue;
    }
    const expected = sign(key);
    for (const signature of signatures) {
      found = equalSecrets(expected, signature) || found;
    }
  }
  return found;
}

function secretProblem(secret: string): string | null {
  return keyOfSecret(secret) === null ? SECRET_RULE : null;
}

/**
 * `user.deleted` in the plain shape (`{type, data}`) and in Clerk's, whose `data` says besides that it is
 * a `user` and `deleted`. What says otherwise is no deletion of a user.
 */
function read(payload: Readonly<Record<string, unknown>>): Event {
  if (payload["type"] !== "user.deleted") {
    return { kind: "ignored" };
  }
  const { data } = payload;
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return { kind: "contradicts", field: "data", message: "an object that names the deleted user" };
  }
  const { deleted = true, object = "user" } = data as Readonly<Record<string, unknown>>;
  if (deleted !== true) {
    return { kind: "contradicts", field: "data.deleted", message: "user.deleted, yet not deleted" };
  }
  if (object !== "user") {
    return { kind: "contradicts", field: "data.object", message: "user.deleted, yet not a user" };
  }
  return { kind: "erase" };
}

function refused(reason: string): Verified {
  return { kind: "refused", reason };
}

import type { FieldError } from "../../core/values/field_error.ts";
import { equalSecrets } from "../../core/values/hash.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { keyOfSecret, signDelivery } from "../../core/values/standard_webhooks.ts";

// Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures (v1) only.

const FAMILIES = ["webhook", "svix"] as const;
const PARTS = ["id", "timestamp", "signature"] as const;

// No dots: id "a" with body "T.{}" and id "a.T" with body "{}" would sign alike.
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIMESTAMP = /^\d{9,11}$/;
const SIGNATURE = /^[a-z0-9]{1,8},[A-Za-z0-9+/]{1,200}={0,2}$/;
const MAX_SIGNATURES = 8;
const TOLERANCE_S = 5 * 60;

/**
 * Proves the signature over a body as it came, in the `webhook-*` or `svix-*` headers of Standard Webhooks, Svix
 * and Clerk: the id of the delivery, or why not, in words that quote nothing of the request.
 */
export function verify(
  headers: Headers,
  body: string,
  secrets: readonly string[],
  now: number,
): Result<string, string> {
  const families = FAMILIES.filter((family) =>
    PARTS.some((part) => headers.has(`${family}-${part}`)),
  );
  const [family] = families;
  if (family === undefined || families.length > 1) {
    return err("send the headers of one family: webhook-id, -timestamp and -signature");
  }
  const [id = "", timestamp = "", signature = ""] = PARTS.map(
    (part) => headers.get(`${family}-${part}`) ?? "",
  );
  if (!ID.test(id)) {
    return err(`${family}-id is not 1 to 128 letters, digits, - and _`);
  }
  if (!TIMESTAMP.test(timestamp)) {
    return err(`${family}-timestamp is not a number of seconds since 1970`);
  }
  const signatures = signature.split(" ");
  if (signatures.length > MAX_SIGNATURES || !signatures.every((one) => SIGNATURE.test(one))) {
    return err(`${family}-signature is not 1 to ${MAX_SIGNATURES} signatures "v1,<base64>"`);
  }
  if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE_S) {
    return err(`${family}-timestamp is more than 5 minutes from now`);
  }
  return isSigned(secrets, (key) => signDelivery(key, id, timestamp, body), signatures)
    ? ok(id)
    : err("no signature is by a current secret of this hook over this body");
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

/**
 * `user.deleted` in the plain shape (`{type, data}`) and in Clerk's, whose `data` says besides that it is
 * a `user` and `deleted`. What says otherwise is no deletion of a user.
 */
export function readEvent(
  payload: Readonly<Record<string, unknown>>,
): Result<"erase" | "ignored", FieldError> {
  if (payload["type"] !== "user.deleted") {
    return ok("ignored");
  }
  const { data } = payload;
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return err({ field: "data", message: "an object that names the deleted user" });
  }
  const { deleted = true, object = "user" } = data as Readonly<Record<string, unknown>>;
  if (deleted !== true) {
    return err({ field: "data.deleted", message: "user.deleted, yet not deleted" });
  }
  return object === "user"
    ? ok("erase")
    : err({ field: "data.object", message: "user.deleted, yet not a user" });
}

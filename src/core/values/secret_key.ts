import { equalSecrets, sha256 } from "./hash.ts";

/** What a key may look like, wherever it is presented: an unset variable makes an empty one. */
const FORM = /^[\x21-\x7e]{1,1000}$/;
const BEARER = /^Bearer +([\x21-\x7e]{1,1000})$/i;

/** What an Authorization header presents; null: no token of a form that is ever given out. */
export function bearerOf(authorization: string | null): string | null {
  return BEARER.exec(authorization ?? "")?.[1] ?? null;
}

/**
 * The key whose hash is that of a presented text. Every stored hash is compared, in constant time, so
 * that neither the place nor the likeness of a key shows in the time it takes.
 */
export function findKey<K extends { readonly sha256: string }>(
  keys: readonly K[],
  presented: string,
): K | null {
  if (!FORM.test(presented)) {
    return null;
  }
  const hash = sha256(presented);
  let found: K | null = null;
  for (const key of keys) {
    if (equalSecrets(key.sha256, hash)) {
      found = key;
    }
  }
  return found;
}

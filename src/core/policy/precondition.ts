/** The conditions of a write (RFC 9110 §13): `If-Match` as it was sent, and `If-None-Match: *`. */
export interface Precondition {
  readonly if_match: string | null;
  readonly if_none_match: boolean;
}

/** What is there before a write; what is invalid has no digest. */
export interface Current {
  readonly exists: boolean;
  readonly digest: string | null;
}

/**
 * Whether the conditions of a write hold, by strong comparison. What is invalid has no ETag, so only `*`
 * matches it.
 */
export function holds({ if_match, if_none_match }: Precondition, current: Current): boolean {
  if (if_none_match && current.exists) {
    return false;
  }
  if (if_match === null) {
    return true;
  }
  const etag = current.digest === null ? null : `"${current.digest}"`;
  const named = if_match.split(",").map((one) => one.trim());
  return current.exists && named.some((one) => one === "*" || one === etag);
}

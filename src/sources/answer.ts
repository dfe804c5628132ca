import { depthOf } from "../core/values/json.ts";
import { readRetryAfter } from "../core/pace/retry_after.ts";
import { invalid, type Fault } from "./fault.ts";

/** A 429 without `Retry-After` stops the source this long, in milliseconds. */
export const THROTTLE_MS = 2000;

/** Nothing that a provider documents is nearly as deep. */
const MAX_DEPTH = 64;

/**
 * What a status means wherever it comes from, or null for 2xx. 404 is `invalid` here: only a provider
 * knows its own "not found". A 503 with `Retry-After` is `throttled`: the whole source waits.
 */
export function faultOfStatus(
  status: number,
  headers: Headers,
  now: number,
  scope: string | null,
): Fault | null {
  if (status >= 200 && status < 300) {
    return null;
  }
  const after = readRetryAfter(headers.get("retry-after"), now);
  if (status === 401) {
    return { kind: "unauthorized", detail: "answered 401: check the credential of this source" };
  }
  if (status === 403) {
    return { kind: "forbidden", scope, detail: "answered 403: the credential may not do this" };
  }
  if (status === 429 || (status === 503 && after !== null)) {
    return {
      kind: "throttled",
      until: after ?? now + THROTTLE_MS,
      detail: `answered ${status}: too many calls`,
    };
  }
  if (status >= 500 || status === 408 || status === 425) {
    return { kind: "unavailable", detail: `answered ${status}` };
  }
  if (status >= 300 && status < 400) {
    return invalid(
      `answered ${status}, a redirect, which is never followed: check the endpoint of this source`,
    );
  }
  return invalid(`answered ${status}`);
}

/** Reads UTF-8 JSON of at most 64 levels; undefined when it is anything else. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return depthOf(text) <= MAX_DEPTH ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    // Not JSON is an expected outcome, and the reason would quote the body.
    return undefined;
  }
}

/** Whether a JSON value is an object: not null, not an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { describeThrown, type Log } from "./log.ts";

/** The part of the platform's rate-limit binding that is used. */
export interface Limiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** Seconds of the limit's window (`wrangler.toml`), and so what `Retry-After` says. */
const RETRY_AFTER_SECONDS = 10;

/**
 * Counts one request, by the name of its key, or without a key by its address. Answers null when it may
 * go on, else after how many seconds to ask again; each API answers that in its own format.
 */
export type RateLimit = (
  key: { readonly name: string } | null,
  address: string | null,
) => Promise<number | null>;

/** The platform's limits. They spare the Worker and guard nothing, so a broken one lets requests pass. */
export function createRateLimit(
  limits: { readonly key: Limiter; readonly address: Limiter },
  log: Log,
): RateLimit {
  return async (key, address) => {
    try {
      const { success } =
        key === null
          ? await limits.address.limit({ key: address ?? "no address" })
          : await limits.key.limit({ key: key.name });
      return success ? null : RETRY_AFTER_SECONDS;
    } catch (thrown) {
      log("warn", "rate_limit.failed", describeThrown(thrown));
      return null;
    }
  };
}

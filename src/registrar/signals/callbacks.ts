import { callbackHeaders, pauseAfter, TRIED_FOR_MS } from "../../core/report/callback.ts";
import type { CallbackConfig } from "../../config/reporting.ts";
import type { Records } from "../records.ts";
import type { Callback } from "../tables/callbacks.ts";

const ANSWER_MS = 10_000;
const AT_ONCE = 5;
const IN_ONE_PASS = 20;

/** A pass takes less, however slow the receiver is: by then another one may begin. */
const PASS_MS = 60_000;

/** Makes changes to the records, all or none, and writes their lines. */
export type Change = (change: (records: Records) => void) => void;

/** Sends the events that are due, and sets the timer of the next one. An event may arrive twice. */
export async function sendCallbacks(
  records: Records,
  write: Change,
  send: typeof fetch,
): Promise<void> {
  const { callbacks, config, runtime, timers } = records;
  timers.set("callbacks", runtime.now() + PASS_MS);
  const due = callbacks.due(runtime.now(), IN_ONE_PASS);
  for (let from = 0; from < due.length; from += AT_ONCE) {
    await Promise.all(
      due.slice(from, from + AT_ONCE).map(async (callback) => {
        const outcome =
          config.callback === null
            ? "no callback is configured"
            : await sendOne(config.callback, callback, runtime.now(), send);
        write((now) => enter(now, callback, outcome));
      }),
    );
  }
  const next = callbacks.earliest();
  if (next === null) {
    timers.clear("callbacks");
  } else {
    timers.set("callbacks", next);
  }
}

/** One try: the status that was answered, or why there was none. A redirect is not followed. */
async function sendOne(
  { url, keys }: CallbackConfig,
  { id, body }: Callback,
  now: number,
  send: typeof fetch,
): Promise<number | string> {
  try {
    const response = await send(url, {
      method: "POST",
      redirect: "manual",
      headers: callbackHeaders(keys, id, body, now),
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (thrown) {
    return thrown instanceof Error && thrown.name === "TimeoutError"
      ? "no answer in time"
      : "the connection failed";
  }
}

function enter(records: Records, callback: Callback, outcome: number | string): void {
  const { callbacks, counters, runtime } = records;
  const { id, type, created_at: createdAt } = callback;
  const now = runtime.now();
  const tries = callback.tries + 1;
  const count = (result: "delivered" | "dropped"): void =>
    counters.add("lethe_callbacks_total", { type, result }, 1, now);
  if (typeof outcome === "number" && outcome >= 200 && outcome < 300) {
    callbacks.close(id);
    count("delivered");
    records.log("info", "callback.delivered", { id, type, tries });
    return;
  }
  // 410 is the standard's way to say that nothing more is wanted.
  const isOver =
    outcome === 410 || records.config.callback === null || now - createdAt >= TRIED_FOR_MS;
  if (isOver) {
    callbacks.close(id);
    count("dropped");
  } else {
    callbacks.retry(id, now + pauseAfter(tries, runtime.random()));
  }
  const [level, event] = isOver
    ? (["error", "callback.dropped"] as const)
    : (["warn", "callback.failed"] as const);
  records.log(level, event, { id, type, tries, reason: outcome });
}

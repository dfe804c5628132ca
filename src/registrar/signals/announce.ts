import { callbackBody, type CallbackEvent } from "../../core/report/callback.ts";
import { createId } from "../../core/values/id.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";

/** Puts an event in line for the deployment's callback, in the turn that stores what it tells of. */
export function announce(records: Records, event: CallbackEvent): void {
  const { type, about } = event;
  const { callbacks, config, counters, runtime, timers } = records;
  if (config.callback === null) {
    return;
  }
  const now = runtime.now();
  const id = createId("msg", now, runtime.randomBytes);
  const body = callbackBody(event, formatTimestamp(now), config.public_url);
  const outcome = callbacks.put({ id, type, body }, about, now);
  if (outcome === "put") {
    timers.set("callbacks", now);
  }
  if (outcome === "full") {
    counters.add("lethe_callbacks_total", { type, result: "dropped" }, 1, now);
    records.log("error", "callback.dropped", { id, type, tries: 0, reason: "too many wait" });
  }
}

import { signDelivery } from "../values/standard_webhooks.ts";

/** What the deployment's own callback is told. What each carries: docs/SIGNALS.md. */
export const CALLBACK_TYPES = [
  "sweep.braked",
  "job.needs_approval",
  "job.stalled",
  "erasure.incomplete",
  "erasure.near_misses",
  "sessions.overdue",
  "sessions.undated",
  "hold.review_due",
  "tick.missing",
] as const;
export type CallbackType = (typeof CALLBACK_TYPES)[number];

/** Something that a person should look at. Names, counts and times; nothing of whom a session is. */
export interface CallbackEvent {
  readonly type: CallbackType;
  /** What it is about: the same is announced once a day at most. */
  readonly about: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How long it is tried to deliver one. */
export const TRIED_FOR_MS = 3 * 86_400_000;

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;

/** The pause after so many tries: four times as long each time, up to six hours, less up to a fifth. */
export function pauseAfter(tries: number, random: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** Math.min(tries - 1, 10));
  return Math.round(most * (1 - random / 5));
}

/** The headers of one try, signed with every key: more than one while a secret is changed. */
export function callbackHeaders(
  keys: readonly Uint8Array[],
  id: string,
  body: string,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  return {
    "content-type": "application/json",
    "user-agent": "lethe",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": keys.map((key) => signDelivery(key, id, timestamp, body)).join(" "),
  };
}

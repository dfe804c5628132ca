import { signDelivery } from "../values/standard_webhooks.ts";
import { doc } from "../values/doc.ts";

/** What the deployment's own callback is told: when, and with what data. docs/SIGNALS.md is made from this. */
export const CALLBACK_TYPES = {
  "sweep.braked": {
    when: doc("a guard stopped the plan of a sweep, which waits for approval"),
    data: doc("`id`, `policy`, `source`, `guard`, `counts`"),
    text: "A guard stopped the sweep of {policy}. It waits for approval.",
    page: "/sweeps/{id}",
  },
  "job.needs_approval": {
    when: doc("a sweep or an erasure waits for approval"),
    data: doc("`id`, `kind`, `policy`, `sources`, `counts`, `reason`"),
    text: "The {kind} {id} waits for approval.",
    page: "/{kind}s/{id}",
  },
  "job.stalled": {
    when: doc(
      "five attempts in a row made no progress, or an erasure waits for a source that asks for a long pause or does not take its order. For a policy it is announced once, not for each of its sweeps",
    ),
    data: doc("`id`, `kind`, `policy`, `sources`, `counts`, `dispositions`"),
    text: "The {kind} {id} makes no progress.",
    page: "/{kind}s/{id}",
  },
  "erasure.incomplete": {
    when: doc(
      "an erasure ended other than `completed` (also `no_match` and `cancelled`), or is `partial` and goes on because a source has stalled (`ended` is false). Whoever asked for it may not look again",
    ),
    data: doc(
      "`id`, `status`, `ended`, `reason` (the code of an error, or null), `sources` (for each: `status`, `reason`), `counts`, `dispositions`",
    ),
    text: "The erasure {id} is {status}.",
    page: "/erasures/{id}",
  },
  "erasure.due": {
    when: doc(
      "an erasure has not ended, and its `due_at` is less than 7 days away or has passed. Once a day, until it ends",
    ),
    data: doc("`id`, `due_at`"),
    text: "The erasure {id} must have ended by {due_at}, and has not.",
    page: "/erasures/{id}",
  },
  "erasure.near_misses": {
    when: doc(
      "an erasure ended, `completed` or not, and left sessions whose value only looks like one that was asked for. They may be the person's, under another spelling",
    ),
    data: doc(
      "`id`, `status`, `near_misses` (for each source that has some, as in the report: counts, no values)",
    ),
    text: "The erasure {id} left sessions whose values only look like the person's.",
    page: "/erasures/{id}",
  },
  "sessions.overdue": {
    when: doc(
      "a tick found one of these reasons for a policy. `backlog`: the longest overdue session that the policy left is due for longer than `OVERDUE_AFTER` (held sessions do not count; nor does a policy that only observes, or one that a sweep is working on). `no_completed_sweep`: none has completed for as long, and the last sweep failed or stalled, or one has been under way for as long. `unsearched`: its last sweep could not list every agent (a policy that only observes does not count)",
    ),
    data: doc("`policy`, `source`, `reason`, `oldest_due_at`, `last_completed_at`, `counts`"),
    text: "Sessions of {policy} are overdue: {reason}.",
    page: "/sweeps?policy={policy}",
  },
  "sessions.undated": {
    when: doc(
      "a tick found that more than 5 % of the sessions that a policy selects have no readable date where a clause looks, and are due by no other clause. Nothing ever removes them",
    ),
    data: doc("`policy`, `source`, `counts` (`undated`, `selected`)"),
    text: "Many sessions of {policy} have no readable date. Nothing removes them.",
    page: "/sweeps?policy={policy}",
  },
  "hold.review_due": {
    when: doc(
      "the review date of a hold has passed; the hold still binds. Once a day, until it is released or ends",
    ),
    data: doc("`id`, `review_at`"),
    text: "The review of the hold {id} is due.",
    page: "/holds",
  },
  "switch.turned": {
    when: doc("somebody paused removals or let them go on, or a pause ended by itself"),
    data: doc(
      "`source` (or `every source`), `turned` (`paused` or `resumed`), `by` (the key, or `itself`), `until`",
    ),
    text: "Removals from {source} were {turned} by {by}.",
    page: "/#switch",
  },
  "tick.missing": {
    when: doc(
      "no tick of the cron has come for twice the shortest schedule (5 minutes at least, 2 hours at most; a policy without a schedule counts as the pause between the last two ticks). The Registrar ticks itself at the same interval until the cron is back",
    ),
    data: doc("`last_tick`, `missing_since`"),
    text: "No tick of the cron has come since {last_tick}.",
    page: "/",
  },
} as const;
export type CallbackType = keyof typeof CALLBACK_TYPES;

/** Something that a person should look at. Names, counts and times; nothing of whom a session is. */
export interface CallbackEvent {
  readonly type: CallbackType;
  /** What it is about: the same is announced once a day at most. */
  readonly about: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The body of an event. `text` is the field that chat systems show; `url` is the page where it is looked at, null
 * without PUBLIC_URL. `at` in RFC 3339.
 */
export function callbackBody(
  { type, data }: CallbackEvent,
  at: string,
  publicUrl: string | null,
): string {
  const { text, page } = CALLBACK_TYPES[type];
  const url = publicUrl === null ? null : `${publicUrl}${filled(page, data)}`;
  return JSON.stringify({ type, timestamp: at, text: filled(text, data), url, data });
}

/** Names in braces are fields of the data that are texts; null is not known. */
function filled(template: string, data: CallbackEvent["data"]): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = data[name];
    return typeof value === "string" ? value : "unknown";
  });
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

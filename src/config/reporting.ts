import { splitList, type Lookup } from "./env.ts";
import { before, parseDuration, type Duration } from "../core/values/duration.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { keyOfSecret, SECRET_RULE } from "../core/values/standard_webhooks.ts";
import { isLoopback } from "../sources/provider.ts";

/** Where the deployment wants to be told what a person should look at. */
export interface CallbackConfig {
  readonly url: string;
  /** Each signs, so that the receiver can change its secret without a gap. */
  readonly keys: readonly Uint8Array[];
}

/** What is kept of what was done, and who is told. */
export interface Reporting {
  /** How long the reports of sweeps are kept; null removes none. */
  readonly reports_kept: Duration | null;
  /** Null: nobody is told. */
  readonly callback: CallbackConfig | null;
  /** A session that is due for longer is told of. */
  readonly overdue_after: Duration;
}

const DAY_MS = 86_400_000;
const REPORTS_KEPT: Duration = { months: 0, days: 90, ms: 0 };
const OVERDUE_AFTER: Duration = { months: 0, days: 1, ms: 0 };
const MOST_SECRETS = 3;

/** Reads the variables of reports and of the callback. */
export function readReporting(text: Lookup, problems: FieldError[]): Reporting {
  return {
    reports_kept: readReportsKept(text("REPORTS_KEPT"), problems),
    callback: readCallback(text, problems),
    overdue_after: readOverdueAfter(text("OVERDUE_AFTER"), problems),
  };
}

/** A lifetime that cannot be read removes nothing: it may have been meant to be longer. */
function readReportsKept(text: string | null, problems: FieldError[]): Duration | null {
  if (text === null) {
    return REPORTS_KEPT;
  }
  const kept = parseDuration(text);
  // From the same moment back, whatever the month.
  if (kept.ok && before(0, kept.value) <= -DAY_MS) {
    return kept.value;
  }
  const problem = kept.ok ? "too short: at least a day" : kept.error;
  problems.push({
    field: "REPORTS_KEPT",
    message: `${problem}; until then no report is removed`,
  });
  return null;
}

function readOverdueAfter(text: string | null, problems: FieldError[]): Duration {
  const parsed = parseDuration(text ?? "P1D");
  if (parsed.ok) {
    return parsed.value;
  }
  problems.push({ field: "OVERDUE_AFTER", message: `${parsed.error}; until then P1D counts` });
  return OVERDUE_AFTER;
}

/** A callback that is not wholly right is none: nothing goes to a host that was not named for it. */
function readCallback(text: Lookup, problems: FieldError[]): CallbackConfig | null {
  const url = text("CALLBACK_URL");
  const keys = readKeys(text("CALLBACK_SECRET"), url !== null, problems);
  const hosts = splitList(text("CALLBACK_HOSTS"));
  if (url === null) {
    return null;
  }
  const message = urlProblem(url, hosts);
  if (message !== null) {
    problems.push({ field: "CALLBACK_URL", message });
  }
  return message === null && keys.length > 0 ? { url, keys } : null;
}

function urlProblem(url: string, hosts: readonly string[]): string | null {
  if (!URL.canParse(url)) {
    return 'not a URL: write "https://…"';
  }
  const { protocol, username, password, hash, host, hostname } = new URL(url);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(url))) {
    return "only https, or http on this machine";
  }
  if (username !== "" || password !== "" || hash !== "") {
    return "neither a user, nor a password, nor a fragment: the signature says who sends it";
  }
  return hosts.includes(host) || hosts.includes(hostname)
    ? null
    : "its host is not in CALLBACK_HOSTS: nothing is sent to it";
}

function readKeys(text: string | null, isNeeded: boolean, problems: FieldError[]): Uint8Array[] {
  const secrets = (text ?? "").split(/\s+/).filter(Boolean);
  const keys = secrets.map(keyOfSecret);
  if (keys.includes(null) || secrets.length > MOST_SECRETS) {
    const message = `${SECRET_RULE}; up to ${MOST_SECRETS} with spaces between them`;
    problems.push({ field: "CALLBACK_SECRET", message });
    return [];
  }
  if (secrets.length === 0 && isNeeded) {
    problems.push({ field: "CALLBACK_SECRET", message: "set it: nothing is sent without" });
  }
  return keys.filter((key) => key !== null);
}

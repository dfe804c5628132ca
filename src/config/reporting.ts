import type { Read } from "./variables.ts";
import type { Duration } from "../core/values/duration.ts";
import type { FieldError } from "../core/values/field_error.ts";

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
  /** Where people reach this deployment: an origin; null: not said. */
  readonly public_url: string | null;
  /** A session that is due for longer is told of. */
  readonly overdue_after: Duration;
}

const REPORTS_KEPT: Duration = { months: 0, days: 90, ms: 0 };
const OVERDUE_AFTER: Duration = { months: 0, days: 1, ms: 0 };

/** Reads the variables of reports and of the callback. */
export function readReporting(read: Read, problems: FieldError[]): Reporting {
  const kept = read("REPORTS_KEPT");
  return {
    // A lifetime that cannot be read removes nothing: it may have been meant to be longer.
    reports_kept: kept === undefined ? REPORTS_KEPT : kept,
    callback: readCallback(read, problems),
    public_url: read("PUBLIC_URL") ?? null,
    overdue_after: read("OVERDUE_AFTER") ?? OVERDUE_AFTER,
  };
}

/** A callback that is not wholly right is none: nothing goes to a host that was not named for it. */
function readCallback(read: Read, problems: FieldError[]): CallbackConfig | null {
  const url = read("CALLBACK_URL");
  const keys = read("CALLBACK_SECRET");
  const hosts = read("CALLBACK_HOSTS") ?? [];
  if (url !== undefined && (keys === undefined || keys?.length === 0)) {
    problems.push({ field: "CALLBACK_SECRET", message: "set it: nothing is sent without" });
  }
  const isNamed = typeof url === "string" && isOneOf(hosts, new URL(url));
  if (typeof url === "string" && !isNamed) {
    const message = "its host is not in CALLBACK_HOSTS: nothing is sent to it";
    problems.push({ field: "CALLBACK_URL", message });
  }
  return isNamed && keys && keys.length > 0 ? { url, keys } : null;
}

function isOneOf(hosts: readonly string[], { host, hostname }: URL): boolean {
  return hosts.includes(host) || hosts.includes(hostname);
}

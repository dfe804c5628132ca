import type { RestraintsMark } from "../../contract/custodian.ts";
import type { PolicyProblem, SkippedPolicy, SourceHealth } from "../../core/report/health.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { FactTable } from "../../platform/fact_table.ts";

/** What is kept of invalid policies: a value holds 2 MB, and one document can be wrong in thousands of places. */
const MOST_PROBLEMS = 500;
const MOST_ERRORS = 3;
const MOST_CHARACTERS = 200;

/** What is kept under which name; times and spans in milliseconds. */
interface Known {
  /** The last tick of the cron, and the pause between the last two. */
  readonly last_tick: number;
  readonly tick_gap: number;
  /** How long after a tick the next one is missing. */
  readonly tick_wait: number;
  /** Since when the next one is missing; null: it is not. */
  readonly tick_missing_since: number | null;
  readonly policy_problems: readonly SkippedPolicy[];
  /** Which state of holds and switch counts; its version only rises. */
  readonly restraints: RestraintsMark;
  /** The version that the switch was last turned in. */
  readonly switch_version: number;
  /** How a source last answered. */
  readonly [source: `source:${string}`]: SourceHealth;
}

/** What the last tick found, how each source last answered, and other single facts. */
export class Facts extends FactTable<Known> {
  /** Notes what a tick found; one that the Registrar made itself is none of the cron's. */
  tick(at: number, problems: readonly PolicyProblem[], isOwn: boolean): void {
    const known = new Map(
      (this.get("policy_problems") ?? []).map(({ id, code, since }) => [`${code} ${id}`, since]),
    );
    const skipped = shorten(problems).map((one) => {
      const since = known.get(`${one.code} ${one.id}`) ?? formatTimestamp(at);
      return { ...one, since };
    });
    this.put("policy_problems", skipped);
    if (isOwn) {
      return;
    }
    const last = this.get("last_tick");
    if (last !== null && at > last) {
      this.put("tick_gap", at - last);
    }
    this.put("last_tick", at);
    this.put("tick_missing_since", null);
  }

  sourceHealth(source: string): SourceHealth {
    const unknown = { status: "unknown", detail: null, at: null, since: null } as const;
    return this.get(`source:${source}`) ?? unknown;
  }

  /** Notes how the last sweep of a source ended: by the code of an error, or without one. */
  noteSource(source: string, detail: string | null, at: string): void {
    const before = this.sourceHealth(source);
    const status = detail === null ? "ok" : "failing";
    const isSame = before.status === status && before.detail === detail;
    this.put(`source:${source}`, { status, detail, at, since: isSame ? before.since : at });
  }
}

function shorten(problems: readonly PolicyProblem[]): PolicyProblem[] {
  const cut = (text: string): string => text.slice(0, MOST_CHARACTERS);
  const kept = problems.slice(0, MOST_PROBLEMS).map(({ id, code, errors }) => ({
    id,
    code,
    errors: errors
      .slice(0, MOST_ERRORS)
      .map(({ field, message }) => ({ field: cut(field), message: cut(message) })),
  }));
  const more = problems.length - kept.length;
  const message = `${more} more policies are skipped`;
  return more === 0
    ? kept
    : [...kept, { id: "*", code: "policy_invalid", errors: [{ field: "", message }] }];
}

import type { PolicyProblem, SourceHealth } from "../../core/report/health.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";

/** What is kept of invalid policies: a value holds 2 MB, and one text can be wrong in thousands of places. */
const MOST_PROBLEMS = 500;
const MOST_ERRORS = 3;
const MOST_CHARACTERS = 200;

/** What the last tick found, and how each source last answered. */
export class Facts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Notes what a tick found; one that the Registrar made itself is none of the cron's. */
  tick(at: number, problems: readonly PolicyProblem[], isOwn: boolean): void {
    this.#put("policy_problems", shorten(problems));
    if (isOwn) {
      return;
    }
    const last = this.#get("last_tick");
    if (typeof last === "number" && at > last) {
      this.#put("tick_gap", at - last);
    }
    this.#put("last_tick", at);
  }

  /** The pause between the last two ticks of the cron; null while there were no two. */
  tickGap(): number | null {
    return this.#get("tick_gap") as number | null;
  }

  /** How long after a tick the next one is missing; null before the first. */
  tickWait(): number | null {
    return this.#get("tick_wait") as number | null;
  }

  setTickWait(ms: number): void {
    this.#put("tick_wait", ms);
  }

  lastTick(): string | null {
    const at = this.#get("last_tick");
    return typeof at === "number" ? formatTimestamp(at) : null;
  }

  policyProblems(): PolicyProblem[] {
    return (this.#get("policy_problems") ?? []) as PolicyProblem[];
  }

  sourceHealth(source: string): SourceHealth {
    return (this.#get(`source:${source}`) ?? {
      status: "unknown",
      detail: null,
      at: null,
    }) as SourceHealth;
  }

  setSourceHealth(source: string, health: SourceHealth): void {
    this.#put(`source:${source}`, health);
  }

  /** The version of holds and switch together; it only rises. */
  restraintsVersion(): number {
    return (this.#get("restraints_version") ?? 0) as number;
  }

  /** Tells that version from one of the same number in a past that was restored away. */
  restraintsStamp(): string {
    return (this.#get("restraints_stamp") ?? "") as string;
  }

  /** Raises that version, above a given one if need be, and answers the new one. */
  raiseRestraints(stamp: string, least = 0): number {
    const version = Math.max(this.restraintsVersion() + 1, least);
    this.#put("restraints_version", version);
    this.#put("restraints_stamp", stamp);
    return version;
  }

  /** The version that the switch was last turned in; 0 if it never was. */
  switchVersion(): number {
    return (this.#get("switch_version") ?? 0) as number;
  }

  switchTurned(version: number): void {
    this.#put("switch_version", version);
  }

  #put(name: string, value: unknown): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
      name,
      JSON.stringify(value),
    );
  }

  #get(name: string): unknown {
    const [row] = this.#sql
      .exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name)
      .toArray();
    return row === undefined ? null : JSON.parse(row.value);
  }
}

function shorten(problems: readonly PolicyProblem[]): PolicyProblem[] {
  const cut = (text: string): string => text.slice(0, MOST_CHARACTERS);
  const kept = problems.slice(0, MOST_PROBLEMS).map(({ id, errors }) => ({
    id,
    errors: errors
      .slice(0, MOST_ERRORS)
      .map(({ field, message }) => ({ field: cut(field), message: cut(message) })),
  }));
  const more = problems.length - kept.length;
  return more === 0
    ? kept
    : [...kept, { id: "*", errors: [{ field: "", message: `${more} more policies are invalid` }] }];
}

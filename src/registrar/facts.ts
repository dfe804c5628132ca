import { formatTimestamp } from "../core/timestamp.ts";
import type { PolicyProblem, SourceHealth } from "./contract.ts";

/** How long KV is allowed to show an older text: "60 seconds or more" by its documentation. */
const KV_LAG_MS = 5 * 60_000;

/** What is kept of invalid policies: a value holds 2 MB, and one text can be wrong in thousands of places. */
const MOST_PROBLEMS = 500;
const MOST_ERRORS = 3;
const MOST_CHARACTERS = 200;

/** What the last tick found, who wrote which policy, and how each source last answered. */
export class Facts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  tick(at: number, problems: readonly PolicyProblem[]): void {
    this.#put("last_tick", at);
    this.#put("policy_problems", shorten(problems));
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

  /** Notes who wrote a policy text, for the rule that another key must approve. */
  wrote(policy: string, digest: string, writer: string, now: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO policy_writers (policy, digest, writer, at) VALUES (?, ?, ?, ?)",
      policy,
      digest,
      writer,
      now,
    );
  }

  /** Notes what the API wrote under an id (null: removed), so that a stale KV is not taken for a new text. */
  written(policy: string, digest: string | null, now: number): void {
    this.#put(`written:${policy}`, { digest, at: now });
  }

  /** Whether what KV shows of a policy is older than what the API wrote; KV may lag for minutes. */
  isStale(policy: string, digest: string | null, now: number): boolean {
    const last = this.#get(`written:${policy}`) as { digest: string | null; at: number } | null;
    return last !== null && now - last.at < KV_LAG_MS && last.digest !== digest;
  }

  writerOf(policy: string, digest: string): string | null {
    const [row] = this.#sql
      .exec<{ writer: string }>(
        "SELECT writer FROM policy_writers WHERE policy = ? AND digest = ?",
        policy,
        digest,
      )
      .toArray();
    return row?.writer ?? null;
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

import { formatTimestamp } from "../core/timestamp.ts";
import type { PolicyProblem, SourceHealth } from "./contract.ts";

/** What the last tick found, who wrote which policy, and how each source last answered. */
export class Facts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  tick(at: number, problems: readonly PolicyProblem[]): void {
    this.#put("last_tick", at);
    this.#put("policy_problems", problems);
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

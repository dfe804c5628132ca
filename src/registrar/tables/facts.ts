import type { RestraintsMark } from "../../contract/custodian.ts";
import type { PolicyProblem, SourceHealth } from "../../core/report/health.ts";
import { Table } from "../../platform/table.ts";

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
  readonly policy_problems: readonly PolicyProblem[];
  /** Which state of holds and switch counts; its version only rises. */
  readonly restraints: RestraintsMark;
  /** The version that the switch was last turned in. */
  readonly switch_version: number;
  /** How a source last answered. */
  readonly [source: `source:${string}`]: SourceHealth;
}

/** What the last tick found, how each source last answered, and other single facts. */
export class Facts extends Table {
  /** Notes what a tick found; one that the Registrar made itself is none of the cron's. */
  tick(at: number, problems: readonly PolicyProblem[], isOwn: boolean): void {
    this.put("policy_problems", shorten(problems));
    if (isOwn) {
      return;
    }
    const last = this.get("last_tick");
    if (last !== null && at > last) {
      this.put("tick_gap", at - last);
    }
    this.put("last_tick", at);
  }

  sourceHealth(source: string): SourceHealth {
    return this.get(`source:${source}`) ?? { status: "unknown", detail: null, at: null };
  }

  put<K extends keyof Known>(name: K, value: Known[K]): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)",
      name,
      JSON.stringify(value),
    );
  }

  /** Null: it is not known. */
  get<K extends keyof Known>(name: K): Known[K] | null {
    const [row] = this.rows<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row === undefined ? null : (JSON.parse(row.value) as Known[K]);
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

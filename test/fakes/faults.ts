import { isObject } from "./wire.ts";

/** Which calls a rule means. `path` is a prefix of path + query, or a regex if it begins with ^. */
interface Match {
  method?: string;
  path?: string;
  id?: string;
}

interface Counted {
  match?: Match;
  /** Matching calls let through first. */
  skip?: number;
  /** How often it fires after that; default once. */
  times?: number | "always";
}

/** One fault, as data. `apply` lets the call take effect before the wrong answer is given. */
export type FaultRule = Counted &
  (
    | {
        kind: "status";
        status: number;
        body?: unknown;
        headers?: Record<string, string>;
        apply?: boolean;
      }
    | { kind: "html"; status?: number; body?: string; apply?: boolean }
    | { kind: "redirect"; status?: number; location: string; apply?: boolean }
    | { kind: "empty_ok"; status?: number; body?: unknown; apply?: boolean }
    | { kind: "hang"; apply?: boolean }
    | { kind: "reset_before" }
    | { kind: "reset_after" }
    | { kind: "truncate"; bytes?: number; clean?: boolean }
    | { kind: "slow"; delay_ms?: number; chunk_delay_ms?: number }
  );

/** A change of the fake's state. A missing `id` or `agent_key` is that of the matched call. */
export interface Effect {
  do: string;
  id?: string;
  agent_key?: string;
  api_key?: string;
  workspace_id?: string;
  fields?: Record<string, unknown>;
  session?: Record<string, unknown>;
  event?: Record<string, unknown>;
}

/** Effects run before the matched call is handled, or after it and before its answer ends. */
export interface EffectRule extends Counted {
  when?: "before" | "after";
  effect: Effect;
}

interface Kept<Rule> {
  rule: Rule;
  pattern: RegExp | undefined;
  seen: number;
  fired: number;
}

/** What the rules say of one call. */
export interface Due {
  fault: FaultRule | undefined;
  before: Effect[];
  after: Effect[];
}

const KINDS = new Set([
  "status",
  "html",
  "redirect",
  "empty_ok",
  "hang",
  "reset_before",
  "reset_after",
  "truncate",
  "slow",
]);

function keep<Rule extends Counted>(rule: Rule): Kept<Rule> {
  const path = rule.match?.path;
  const pattern = path?.startsWith("^") === true ? new RegExp(path) : undefined;
  return { rule, pattern, seen: 0, fired: 0 };
}

function isDue(kept: Kept<Counted>, method: string, url: string, id: string | undefined): boolean {
  const match = kept.rule.match ?? {};
  if (match.method !== undefined && match.method !== method) {
    return false;
  }
  if (match.id !== undefined && match.id !== id) {
    return false;
  }
  if (kept.pattern !== undefined && !kept.pattern.test(url)) {
    return false;
  }
  if (kept.pattern === undefined && !url.startsWith(match.path ?? "")) {
    return false;
  }
  kept.seen += 1;
  if (kept.seen <= (kept.rule.skip ?? 0)) {
    return false;
  }
  const times = kept.rule.times ?? 1;
  return times === "always" || kept.fired < times;
}

/** The rules in force, in the order they were given; the first fault that is due is the one. */
export class RuleBook {
  readonly #known: ReadonlySet<string>;
  #faults: Kept<FaultRule>[] = [];
  #effects: Kept<EffectRule>[] = [];

  constructor(knownEffects: readonly string[]) {
    this.#known = new Set(knownEffects);
  }

  /** Adds rules; a rule that could never work is an error now, not a test that passes by luck. */
  add(faults: readonly FaultRule[], effects: readonly EffectRule[]): void {
    for (const rule of faults) {
      if (!KINDS.has(rule.kind)) {
        throw new Error(`unknown fault kind: ${rule.kind}`);
      }
    }
    for (const rule of effects) {
      const name: unknown = isObject(rule.effect) ? rule.effect.do : undefined;
      if (typeof name !== "string" || !this.#known.has(name)) {
        throw new Error(`unknown effect: ${String(name)}; known: ${[...this.#known].join(", ")}`);
      }
    }
    this.#faults.push(...faults.map((rule) => keep(rule)));
    this.#effects.push(...effects.map((rule) => keep(rule)));
  }

  clear(): void {
    this.#faults = [];
    this.#effects = [];
  }

  /** Every rule with how many calls it has matched and how often it has fired. */
  report(): { faults: unknown[]; effects: unknown[] } {
    const show = ({ rule, seen, fired }: Kept<Counted>): unknown => ({ ...rule, seen, fired });
    return { faults: this.#faults.map(show), effects: this.#effects.map(show) };
  }

  /** Counts one call against every rule and tells what is to happen to it. */
  due(method: string, url: string, id: string | undefined): Due {
    const due: Due = { fault: undefined, before: [], after: [] };
    for (const kept of this.#effects) {
      if (!isDue(kept, method, url, id)) {
        continue;
      }
      kept.fired += 1;
      (kept.rule.when === "after" ? due.after : due.before).push(kept.rule.effect);
    }
    for (const kept of this.#faults) {
      if (!isDue(kept, method, url, id) || due.fault !== undefined) {
        continue;
      }
      kept.fired += 1;
      due.fault = kept.rule;
    }
    return due;
  }
}

import { freeze, judge } from "../../src/core/due.ts";
import type { ErasureReport } from "../../src/core/job.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { Scalar } from "../../src/core/session.ts";
import { matchSubject, namesSomebody, type Identifier } from "../../src/core/subject.ts";
import { nameOf, type Found, type Step } from "./chaos_world.ts";

/** An erasure that was accepted, and what was the person's when it was. */
export interface Asked {
  readonly id: string;
  readonly identifiers: readonly Identifier[];
  readonly sources: readonly string[] | null;
  readonly scopes: readonly string[] | null;
  readonly hers: ReadonlySet<string>;
  isOpen: boolean;
}

export interface Held {
  readonly id: string;
  readonly value: Scalar;
}

/**
 * What an honest observer knows of a run: everything that ever was there, what was asked and when. It shares
 * no state with the engine, and only the rules of the pure core.
 */
export class Judge {
  readonly #history = new Map<string, Found>();
  readonly #policies: Policy[] = [];
  readonly asked: Asked[] = [];
  readonly holds: Held[] = [];
  isPaused = false;
  readonly wrongs: string[] = [];

  /** Sessions that are there now; parents are remembered after they went. */
  see(sessions: readonly Found[]): void {
    for (const one of sessions) {
      this.#history.set(nameOf(one), one);
    }
  }

  allow(policy: Policy): void {
    this.#policies.push(policy);
  }

  /**
   * What an erasure must not leave behind, if it claims to be complete. A session that was asked for by its id
   * names nobody: what it made is hers as far as the sessions between are there.
   */
  hers(asked: Pick<Asked, "identifiers" | "sources" | "scopes">, there: readonly Found[]) {
    const isById = asked.identifiers.some(({ type }) => type.endsWith("session_id"));
    const known = isById ? new Map(there.map((one) => [nameOf(one), one])) : this.#history;
    return new Set(there.filter((one) => isHers(asked, one, known)).map(nameOf));
  }

  /** Holds one alarm against everything that was asked for. */
  step({ object, now, gone }: Step): void {
    for (const one of gone) {
      const why = this.#whyNot(one, now);
      if (why !== null) {
        this.wrongs.push(`${object} removed ${nameOf(one)} at ${now}: ${why}`);
      }
    }
  }

  /** Holds the end of an erasure against what is there. */
  claim(report: ErasureReport, there: readonly Found[]): void {
    const asked = this.asked.find(({ id }) => id === report.id);
    if (asked === undefined || !asked.isOpen || report.finished_at === null) {
      return;
    }
    asked.isOpen = false;
    if (report.status !== "completed" && report.status !== "no_match") {
      return;
    }
    const left = there.filter(
      (one) => asked.hers.has(nameOf(one)) && isHers(asked, one, this.#history),
    );
    for (const one of left) {
      this.wrongs.push(`${report.id} is ${report.status}, and ${nameOf(one)} is there`);
    }
    if (report.status === "no_match" && asked.hers.size > 0 && left.length > 0) {
      this.wrongs.push(`${report.id} found nothing of ${asked.hers.size} sessions`);
    }
  }

  #whyNot(one: Found, now: number): string | null {
    if (this.isPaused) {
      return "the switch was on";
    }
    if (this.#isHeld(one)) {
      return "it was held";
    }
    const isErased = this.asked.some((asked) => asked.isOpen && isHers(asked, one, this.#history));
    if (isErased) {
      return null;
    }
    const isDue = this.#policies.some((policy) => this.#isDue(policy, one, now));
    return isDue ? null : "it was due by no policy, and nobody's who was to be erased";
  }

  #isDue(policy: Policy, one: Found, now: number): boolean {
    if (policy.source !== one.source) {
      return false;
    }
    const { kind } = judge(freeze(policy, now), one);
    if (kind === "due") {
      return true;
    }
    // Together: a descendant that names nobody goes with the session that made it.
    const parent = this.#parentOf(one);
    return (
      "children" in policy &&
      policy.children === "together" &&
      !one.busy &&
      !namesSomebody(one) &&
      parent !== null &&
      this.#isDue(policy, parent, now)
    );
  }

  #isHeld(one: Found): boolean {
    return this.holds.some(({ value }) =>
      one.person.some(({ type, values }) => !type.endsWith("session_id") && values.includes(value)),
    );
  }

  #parentOf(one: Found): Found | null {
    return parentIn(this.#history, one);
  }
}

/** Named by an identifier, or made by a session that is hers, through any that name nobody. */
function isHers(
  asked: Pick<Asked, "identifiers" | "sources" | "scopes">,
  one: Found,
  known: ReadonlyMap<string, Found>,
): boolean {
  const isIn = (list: readonly string[] | null, name: string): boolean =>
    list === null || list.includes(name);
  if (!isIn(asked.sources, one.source) || !isIn(asked.scopes, one.scope)) {
    return false;
  }
  const { kind } = matchSubject(asked.identifiers, one);
  if (kind === "match") {
    return true;
  }
  const parent = parentIn(known, one);
  return kind === "none" && !namesSomebody(one) && parent !== null && isHers(asked, parent, known);
}

function parentIn(known: ReadonlyMap<string, Found>, { source, parent }: Found): Found | null {
  return parent === null ? null : (known.get(nameOf({ source, ...parent })) ?? null);
}

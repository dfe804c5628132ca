import { freeze, judge } from "../../src/core/rule/due.ts";
import { matchesGlob } from "../../src/core/values/glob.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import type { Policy } from "../../src/core/policy/policy.ts";
import type { Scalar } from "../../src/core/session/session.ts";
import { namesSomebody } from "../../src/core/session/subject.ts";
import {
  isAmbiguous,
  isNamedItself,
  isOrphan,
  namelessOf,
  parentIn,
  standingOf,
  type Sharing,
  type Sought,
} from "./family.ts";
import { nameOf, type Found, type Step } from "./world.ts";

/** An erasure that was accepted, and what was the person's when it was. */
export interface Asked extends Sought {
  readonly id: string;
  readonly hers: ReadonlySet<string>;
  /** What went in no other way than by it. */
  readonly took: Set<string>;
  isOpen: boolean;
}

export interface Held {
  readonly id: string;
  readonly value: Scalar;
}

/** A version, from when and until when it was the policy of its source. */
interface Term {
  readonly policy: Policy;
  until: number;
}

const ENDS_OF_LOOKS: ReadonlySet<string> = new Set(["observed", "failed", "cancelled"]);

/** What the objects may take to hear of a version that is the policy no more. */
const GRACE_MS = 60_000;

/**
 * What an honest observer knows of a run: everything that ever was there, what was asked and when. It shares
 * no state with the engine, and only the rules of the pure core.
 */
export class Judge {
  readonly #history = new Map<string, Found>();
  readonly #terms: Term[] = [];
  readonly #sources: readonly string[];
  readonly #sharing: Sharing;
  /** Made during the run: by call, one that comes between a list and a removal does not stop that. */
  readonly born = new Set<string>();
  /** Went straight from the tables of the embedded store, which lists what is due and no more. */
  readonly unseen = new Set<string>();
  /** How many went, by source, but for what others removed. */
  readonly removed = new Map<string, number>();
  readonly asked: Asked[] = [];
  /** Dry runs: they are no reason for anything to go. */
  readonly looked = new Map<string, "open" | "ended">();
  readonly holds: Held[] = [];
  isPaused = false;
  readonly wrongs: string[] = [];

  constructor(sources: readonly string[], sharing: Sharing) {
    this.#sources = sources;
    this.#sharing = sharing;
  }

  /** Sessions that are there now; parents are remembered after they went. */
  see(sessions: readonly Found[]): void {
    for (const one of sessions) {
      this.#history.set(nameOf(one), one);
    }
  }

  /** With what only the lines of all sessions tell: whether anything that ever was there has made it. */
  asSeen(one: Found): Found {
    return { ...one, orphan: isOrphan(one, this.#history) };
  }

  /** What made it may have gone before anybody listed it. */
  #mayBeOrphan(one: Found): boolean {
    const seen = [...this.#history].filter(([name]) => !this.unseen.has(name));
    return isOrphan(one, new Map(seen));
  }

  /** A version is the policy of its source from now on, and the one before is not. */
  allow(policy: Policy, now: number): void {
    for (const term of this.#terms) {
      if (term.policy.source === policy.source) {
        term.until = Math.min(term.until, now + GRACE_MS);
      }
    }
    this.#terms.push({ policy, until: Infinity });
  }

  ask(id: string, sought: Sought, there: readonly Found[]): void {
    const { identifiers, sources, scopes } = sought;
    const hers = this.#hers(sought, there);
    this.asked.push({ id, identifiers, sources, scopes, hers, took: new Set(), isOpen: true });
  }

  /**
   * What an erasure must not leave behind, if it claims to be complete. A session that was asked for by its id
   * names nobody: what it made is hers as far as the sessions between are there.
   */
  #hers(sought: Sought, there: readonly Found[]): ReadonlySet<string> {
    const isById = sought.identifiers.some(({ type }) => type.endsWith("session_id"));
    const known = isById ? new Map(there.map((one) => [nameOf(one), one])) : this.#history;
    return new Set(
      there
        .filter((one) => standingOf(sought, one, known, this.#sharing, true) !== "none")
        .map(nameOf),
    );
  }

  openLooks(): string[] {
    return [...this.looked].flatMap(([id, how]) => (how === "open" ? [id] : []));
  }

  /** Holds a dry run against what it may come to: whatever went wrong, nothing went by it. */
  lookedAt({ id, dry_run, status, sources, finished_at: at }: ErasureReport): void {
    const told = Object.values(sources).flatMap(({ dispositions }) => Object.keys(dispositions));
    const isLeft = told.every((one) => one === "held" || one === "shared" || one === "untouched");
    const hasEnded = ENDS_OF_LOOKS.has(status);
    if (!dry_run || !isLeft || hasEnded !== (at !== null)) {
      this.wrongs.push(`${id} only looks, and is ${status} with ${told.join()}`);
    }
    this.looked.set(id, at === null ? "open" : "ended");
  }

  isShared(asked: Asked, one: Found): boolean {
    return standingOf(asked, one, this.#history, this.#sharing, true) === "shared";
  }

  /** Holds one alarm against everything that was asked for. */
  step(step: Step): void {
    for (const one of step.gone) {
      this.removed.set(one.source, (this.removed.get(one.source) ?? 0) + 1);
      const why = this.#whyNot(one, step);
      if (why !== null) {
        this.wrongs.push(`${step.object} removed ${nameOf(one)} at ${step.now}: ${why}`);
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
    const { id, status } = report;
    if (status !== "completed" && status !== "no_match") {
      return;
    }
    const left = there.filter(
      (one) =>
        asked.hers.has(nameOf(one)) &&
        !this.#isToldAsNobodys(one, there, report) &&
        standingOf(asked, one, this.#history, this.#sharing, true) !== "none",
    );
    for (const one of left) {
      this.wrongs.push(`${id} is ${status}, and ${nameOf(one)} is there`);
    }
    if (status === "no_match" && asked.took.size > 0) {
      this.wrongs.push(`${id} is no_match, and removed ${[...asked.took].join()}`);
    }
    const searched = asked.sources ?? this.#sources;
    for (const source of searched) {
      const part = report.sources[source];
      if (
        part === undefined ||
        (part.status !== "done" && part.status !== "no_match") ||
        part.unreadable.count > 0
      ) {
        this.wrongs.push(`${id} is ${status}, and of ${source} says ${JSON.stringify(part)}`);
      }
    }
  }

  /** What it was made by went unseen, and the report says that such sessions are there. */
  #isToldAsNobodys(one: Found, there: readonly Found[], report: ErasureReport): boolean {
    const parent = namesSomebody(one) ? null : one.parent;
    if (parent === null) {
      return false;
    }
    const name = nameOf({ source: one.source, ...parent });
    const next = there.find((some) => nameOf(some) === name);
    return next === undefined
      ? this.unseen.has(name) && (report.sources[one.source]?.unattributable ?? 0) > 0
      : this.#isToldAsNobodys(next, there, report);
  }

  #whyNot(one: Found, step: Step): string | null {
    if (this.isPaused) {
      return "the switch was on";
    }
    if (this.#isHeld(one)) {
      return "it was held";
    }
    const isDue = this.#terms.some(
      ({ policy, until }) => step.now <= until && this.#isDue(policy, one, step.now),
    );
    const askers = this.asked.filter(
      (asked) =>
        asked.isOpen &&
        !isAmbiguous(asked, step.there) &&
        standingOf(asked, one, this.#history, this.#sharing, false) === "hers",
    );
    if (askers.length > 0) {
      if (!isDue && askers.length === 1) {
        askers[0]?.took.add(nameOf(one));
      }
      // One that was asked for by its own id is the one that was meant, whoever made it.
      const isMeant = askers.some((asked) => isNamedItself(asked, one));
      return !isDue && !isMeant && this.#isMadeByHeld(one, step.there, askers)
        ? "what has made it was held"
        : null;
    }
    if (!isDue) {
      return "it was due by no policy, and nobody's who was to be erased";
    }
    const behind = namelessOf(one, step.left).filter((child) => !this.born.has(nameOf(child)));
    return behind.length === 0
      ? null
      : `it was due, and ${behind.map(nameOf).join()}, which names nobody, stays behind`;
  }

  #isDue(policy: Policy, one: Found, now: number): boolean {
    if (policy.source !== one.source || policy.mode !== "enforce") {
      return false;
    }
    const rule = freeze(policy, now);
    if (
      judge(rule, this.asSeen(one)).kind === "due" ||
      judge(rule, { ...one, orphan: this.#mayBeOrphan(one) }).kind === "due"
    ) {
      return true;
    }
    // Together: a descendant that names nobody goes with the session that made it.
    const parent = parentIn(this.#history, one);
    const created = one.clocks.created_at ?? null;
    return (
      policy.children === "together" &&
      !one.busy &&
      !namesSomebody(one) &&
      (rule.scopes === null || rule.scopes.some((glob) => matchesGlob(glob, one.scope))) &&
      (rule.youngest === null || (created !== null && created <= rule.youngest)) &&
      parent !== null &&
      !this.#sharing.has(`${one.source} ${parent.scope}`) &&
      !parent.busy &&
      !this.#isHeld(parent) &&
      this.#isDue(policy, parent, now)
    );
  }

  /**
   * What an erasure knows to be a held session's is held with it. One that was asked for by its own id goes whoever
   * made it, and what it has made goes with it.
   */
  #isMadeByHeld(one: Found, there: readonly Found[], askers: readonly Asked[]): boolean {
    const known = new Map(there.map((some) => [nameOf(some), some]));
    const parent = namesSomebody(one) ? null : parentIn(known, one);
    if (parent === null || this.#isHeld(parent)) {
      return parent !== null;
    }
    const isMeant = askers.some((asked) => isNamedItself(asked, parent));
    return !isMeant && this.#isMadeByHeld(parent, there, askers);
  }

  #isHeld(one: Found): boolean {
    return this.holds.some(({ value }) =>
      one.person.some(({ type, values }) => !type.endsWith("session_id") && values.includes(value)),
    );
  }
}

import { inherit, lineageOf, type Ancestor, type Lineage } from "../../core/session/lineage.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import { namesSomebody } from "../../core/session/subject.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Turn } from "../../sources/source.ts";
import type { Work } from "./work.ts";

// A session that goes may have made others, also since anybody looked. Before it goes it is kept whose they
// are; the next list of everything, or whoever asks for them at once, binds them one by one.

/** Ancestors that are read; a longer line, or a circle, tells of nobody. */
const MOST_ANCESTORS = 100;

/** Keeps whose all is that a session has made, in the turn of the call that removes it. */
export function keepOfRemoved(work: Work, session: Session): void {
  const hasLine = !namesSomebody(session) && session.parent !== null;
  const above = hasLine ? work.lineage.find(session) : null;
  if (work.source.capabilities.has_children && (above !== null || !hasLine)) {
    const lineage = ofChildren(work, session, above);
    work.lineage.keepOfChildren(session, lineage, work.runtime.now());
  }
}

/** A session, and what is above it: the nearest first, up to one that names somebody, is gone, or cannot be read. */
export interface Line {
  readonly session: Session;
  readonly ancestors: readonly Ancestor[];
  /** The last that was read. */
  readonly top: Session;
}

/** Reads up the line of a session that names nobody. */
export async function readLine(
  work: Work,
  session: Session,
  turn: Turn,
): Promise<Result<Line, Fault>> {
  const ancestors: Ancestor[] = [];
  let top: Session = session;
  while (!namesSomebody(top) && top.parent !== null && ancestors.length < MOST_ANCESTORS) {
    const { parent } = top;
    const read = await work.source.read(parent, turn);
    const unreadable = !read.ok && read.error.kind === "unreadable";
    // Where its whole scope is gone, it is gone with that.
    if (!read.ok && !unreadable && read.error.kind !== "missing") {
      return read;
    }
    const found = read.ok ? read.value : null;
    ancestors.push({
      ...parent,
      unreadable,
      found: found === null ? null : foundOf(work, found),
    });
    if (found === null) {
      break;
    }
    top = found;
  }
  return ok({ session, ancestors, top });
}

/** Whose all is that a session has made, by its line; null: nobody can say. */
export function ofChildrenBy(work: Work, { session, ancestors, top }: Line): Lineage | null {
  const last = ancestors.at(-1);
  if (last === undefined) {
    return ofChildren(work, session, null);
  }
  const kept =
    last.found !== null ? null : (work.lineage.find(top) ?? work.lineage.findOfChildren(last));
  const above = lineageOf(ancestors, kept) ?? work.lineage.find(session);
  return above === null ? null : ofChildren(work, session, above);
}

/** Binds, one by one, the sessions that one which has been removed has made and that name nobody. */
export async function bindChildren(work: Work, parent: SessionRef, turn: Turn): Promise<void> {
  const lineage = work.lineage.findOfChildren(parent);
  if (lineage === null || work.source.children === undefined) {
    return;
  }
  let after: SessionRef | null = null;
  do {
    const page: Awaited<ReturnType<typeof work.source.children>> = await work.source.children(
      parent,
      after,
      turn,
    );
    if (!page.ok) {
      // They stay bound by what is kept of their parent, until everything is listed.
      return;
    }
    for (const child of page.value.filter((one) => !namesSomebody(one))) {
      work.lineage.keep(child, lineage, work.runtime.now());
    }
    after = page.value.at(-1) ?? null;
  } while (after !== null);
  work.lineage.forgetOfChildren(parent);
}

function ofChildren(work: Work, { scope, person }: Session, above: Lineage | null): Lineage {
  return inherit(above, { scope, person: work.lineage.hashed(person) });
}

function foundOf(work: Work, session: Session): Ancestor["found"] {
  return {
    named: namesSomebody(session),
    person: work.lineage.hashed(session.person),
    has_parent: session.parent !== null,
  };
}

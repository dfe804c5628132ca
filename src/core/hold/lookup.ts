import {
  isInForce,
  matchesHold,
  matchesRef,
  needsContent,
  type Hold,
  type Holding,
} from "./hold.ts";
import { holdCandidates } from "./candidates.ts";
import type { Session, SessionRef } from "../session/session.ts";

/** Scopes of which it is remembered which holds match: sessions come scope by scope. */
const SCOPES = 1000;

/** The holds that can bind in one source, made ready to be asked about many sessions. */
export interface HoldIndex {
  /** The hold that binds a session at a time, or null. The session must be whole. */
  heldBy(session: Session, now: number): Hold | null;
  /** The same by the reference: `unknown` when some hold looks at what the session says. */
  heldByRef(
    ref: SessionRef,
    now: number,
  ): { readonly holding: Holding; readonly hold: Hold | null };
  /** The version that brought the newest hold in force, and the newest that looks at content; 0 for none. */
  newest(now: number): { readonly any: number; readonly content: number };
}

/** Sorts holds by how they are looked up; what can never bind in the source is left out. */
export function indexHolds(holds: readonly Hold[], names: ReadonlySet<string>): HoldIndex {
  const bySession = new Map<string, Hold[]>();
  const byScope: Hold[] = [];
  const byContent: Hold[] = [];
  for (const hold of holds) {
    const { selector } = hold;
    if (selector.kind === "session") {
      if (names.has(selector.source)) {
        const key = keyOf(selector);
        bySession.set(key, [...(bySession.get(key) ?? []), hold]);
      }
    } else if (selector.kind === "scope") {
      byScope.push(...(names.has(selector.source) ? [hold] : []));
    } else if (needsContent(selector, names)) {
      byContent.push(hold);
    }
  }
  const single = [...bySession.values()].flat();

  const candidates = holdCandidates(byContent);
  const scopes = new Map<string, readonly Hold[]>();
  const ofScope = (ref: SessionRef): readonly Hold[] => {
    if (byScope.length === 0) {
      return byScope;
    }
    const known = scopes.get(ref.scope);
    if (known !== undefined) {
      return known;
    }
    if (scopes.size >= SCOPES) {
      scopes.clear();
    }
    const found = byScope.filter(({ selector }) => matchesRef(selector, names, ref) === "held");
    scopes.set(ref.scope, found);
    return found;
  };

  // Most deployments hold nothing: then a session costs no key.
  const onSession = (ref: SessionRef): readonly Hold[] | undefined =>
    bySession.size === 0 ? undefined : bySession.get(keyOf(ref));
  const byReference = (ref: SessionRef, now: number): Hold | null =>
    onSession(ref)?.find((hold) => isInForce(hold, now)) ??
    ofScope(ref).find((hold) => isInForce(hold, now)) ??
    null;
  const newestOf = (some: readonly Hold[], now: number): number =>
    some.reduce((most, hold) => (isInForce(hold, now) ? Math.max(most, hold.version) : most), 0);

  return {
    heldBy: (session, now) =>
      byReference(session, now) ??
      candidates(session).find(
        (hold) => isInForce(hold, now) && matchesHold(hold.selector, names, session),
      ) ??
      null,
    heldByRef(ref, now) {
      const hold = byReference(ref, now);
      const isOpen = byContent.some((one) => isInForce(one, now));
      return { holding: hold !== null ? "held" : isOpen ? "unknown" : "free", hold };
    },
    newest(now) {
      const content = newestOf(byContent, now);
      return { content, any: Math.max(content, newestOf(byScope, now), newestOf(single, now)) };
    },
  };
}

function keyOf({ scope, id }: SessionRef): string {
  return JSON.stringify([scope, id]);
}

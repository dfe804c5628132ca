import { judge, type Rule, type Threshold } from "./due.ts";
import type { Session } from "../session/session.ts";
import { matchSubject, namesSomebody, type Identifier } from "../session/subject.ts";

/** What a session that was planned, and has been read again, may still suffer. */
export type Recheck =
  | { readonly kind: "remove" }
  | { readonly kind: "renewed" }
  | { readonly kind: "shared" }
  /** Its activity has to be read before anything is decided. */
  | { readonly kind: "unread"; readonly threshold: Threshold };

/** A planned session of a sweep: removed only if it is due as it is now. */
export function recheckDue(rule: Rule, session: Session): Recheck {
  const verdict = judge(rule, session);
  switch (verdict.kind) {
    case "due":
      return { kind: "remove" };
    case "unread":
      return verdict;
    case "kept":
    case "not_due":
    case "unmatched":
      return { kind: "renewed" };
  }
}

/**
 * A planned session of an erasure: removed only if it is still the person's. A child is still the
 * person's while it names nobody; one that has come to contradict the subject is left as shared.
 */
export function recheckSubject(
  identifiers: readonly Identifier[],
  session: Session,
  isChild: boolean,
): Recheck {
  const { kind } = matchSubject(identifiers, session);
  switch (kind) {
    case "match":
      return { kind: "remove" };
    case "shared":
    case "conflict":
      return { kind: "shared" };
    case "none":
      if (!isChild) {
        return { kind: "renewed" };
      }
      return { kind: namesSomebody(session) ? "shared" : "remove" };
  }
}

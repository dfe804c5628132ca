import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import type { SessionRef } from "./session.ts";
import { named } from "../values/doc.ts";

/** So many are named in a report; the others are only counted. */
const MOST_NAMED = 20;

/** Sessions of which only the id can be read: nobody can say whose they are, or when they are due. */
export const Unreadable = z
  .strictObject({
    /** How many rows; one that a list repeats counts once while it is among those that are named. */
    count: wholeNumber,
    sessions: z.array(z.strictObject({ scope: z.string(), id: z.string() })).readonly(),
  })
  .meta(
    named(
      "Unreadable",
      "Sessions of which only the id can be read, and the first 20 of them: they are kept, and make an erasure partial",
    ),
  );
export type Unreadable = Readonly<z.infer<typeof Unreadable>>;

export const NONE_UNREADABLE: Unreadable = { count: 0, sessions: [] };

/** A row that is no session that can be judged; of most of them the id can be read. */
export interface UnreadableRow {
  readonly ref: SessionRef | null;
  readonly detail: string;
  /** What made it, where that can be read. */
  readonly parent?: SessionRef | null;
}

/** A session of which only the id, and perhaps what made it, can be read: it may name nobody, and be its parent's. */
export interface UnreadableMember extends SessionRef {
  readonly parent: SessionRef | null;
}

/** Those of some scopes. Rows that a page does not name are of the scope of those that it names. */
export function unreadableIn(
  { count, sessions }: Unreadable,
  isMeant: (scope: string) => boolean,
): Unreadable {
  const meant = sessions.filter(({ scope }) => scope === "" || isMeant(scope));
  return meant.length === 0
    ? NONE_UNREADABLE
    : { count: count - sessions.length + meant.length, sessions: meant.slice(0, MOST_NAMED) };
}

/** Whether some are only counted: any id may be theirs. */
export function isUnnamed({ count, sessions }: Unreadable): boolean {
  return count > sessions.length;
}

/** One more. */
export function addUnreadable({ count, sessions }: Unreadable, ref: SessionRef): Unreadable {
  if (isNamed(sessions, ref)) {
    return { count, sessions };
  }
  const { scope, id } = ref;
  return {
    count: count + 1,
    sessions: sessions.length < MOST_NAMED ? [...sessions, { scope, id }] : sessions,
  };
}

/** What two parts of one list showed, or (`again`) two readings of the same list. */
export function joinUnreadable(
  known: Unreadable,
  more: Unreadable,
  again: "again" | null = null,
): Unreadable {
  const withId = more.sessions.reduce(addUnreadable, known);
  const unnamed = more.count - more.sessions.length;
  return {
    count: again === null ? withId.count + unnamed : Math.max(withId.count, more.count),
    sessions: withId.sessions,
  };
}

function isNamed(sessions: readonly SessionRef[], { scope, id }: SessionRef): boolean {
  return sessions.some((one) => one.scope === scope && one.id === id);
}

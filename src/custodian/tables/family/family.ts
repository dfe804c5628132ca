import type { PersonField, Session, SessionRef } from "../../../core/session/session.ts";
import { namesSomebody } from "../../../core/session/subject.ts";
import type { UnreadableMember } from "../../../core/session/unreadable.ts";
import { ancestorOf, UNREADABLE, type AncestorRow, type ListedAncestor } from "./rows.ts";
import { Table } from "../../../platform/table.ts";

/** Ancestors that are looked at; a longer line, or a circle, tells of nobody. */
const MOST_ANCESTORS = 100;

/** Where a page of descendants ends: parent scope and id, own scope and id. */
export type FamilyPlace = readonly [string, string, string, string];

/** How far it has been kept, after a list of everything, whose its nameless sessions are. */
export const START_LINEAGE = {
  part: "bind" as "bind" | "match" | "forget" | "done",
  /** When the list began, and whether every scope was in it. */
  from: 0,
  complete: false,
  after: null as FamilyPlace | null,
  /** The plan of a rule about orphans has been looked through up to this row. */
  seq: 0,
};

/** How far a sweep has come in leaving what waits for sessions that it has made. */
export const START_WAITING = {
  part: "find" as "find" | "leave" | "done",
  after: null as FamilyPlace | null,
  found: false,
  seq: 0,
};

/** A session that names nobody, made by another one, with its ancestors as a list has shown them. */
export interface Descendant extends SessionRef {
  /** It is there, and a sweep will not plan it. */
  readonly stays: boolean;
  readonly version: number;
  /** It may go with the session that made it. */
  readonly follows: boolean;
  /** Its number in the plan; 0: it is not planned. */
  readonly planned: number;
  /** The policy's `match` selects it by itself, as far as a list tells. */
  readonly selected: boolean;
  /** It may name somebody after all. */
  readonly unreadable: boolean;
  readonly ancestors: readonly ListedAncestor[];
}

const FIRST: FamilyPlace = ["", "", "", ""];

/** Where a descendant stands among all. */
export function placeOf({ scope, id, ancestors: [parent] }: Descendant): FamilyPlace {
  return [parent?.scope ?? "", parent?.id ?? "", scope, id];
}

/** Every session of a list that was read whole, with who made it and, under keyed hashes, whom it names. */
export class Family extends Table {
  /** Enters sessions; `hashed` gives whom they name as it may be kept. */
  see(
    job: number,
    sessions: readonly Session[],
    hashed: (person: readonly PersonField[]) => readonly PersonField[],
  ): void {
    this.#enter(
      job,
      sessions.map((session) => [
        session.scope,
        session.id,
        session.version,
        session.parent?.scope ?? null,
        session.parent?.id ?? null,
        Number(namesSomebody(session)),
        JSON.stringify(hashed(session.person)),
      ]),
    );
  }

  /** Enters sessions that cannot be read: their line waits for them, as for those that name nobody. */
  seeUnreadable(job: number, members: readonly UnreadableMember[]): void {
    this.#enter(
      job,
      members.map(({ scope, id, parent }) => [
        scope,
        id,
        0,
        parent?.scope ?? null,
        parent?.id ?? null,
        0,
        UNREADABLE,
      ]),
    );
  }

  #enter(job: number, rows: readonly (readonly SqlStorageValue[])[]): void {
    this.sql.exec(
      `INSERT OR REPLACE INTO family (job, scope, id, version, parent_scope, parent_id, named, person)
       SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
       FROM json_each(?)`,
      job,
      JSON.stringify(rows),
    );
  }

  /** Notes of sessions that they may be due, wait for what they made, are gone, are no orphans, may follow, or match. */
  mark(
    job: number,
    as: "due" | "waits" | "gone" | "known" | "follows" | "selected",
    refs: readonly SessionRef[],
  ): void {
    this.sql.exec(
      `UPDATE family SET ${as} = 1 WHERE job = ? AND ${as} = 0 AND (scope, id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
      job,
      JSON.stringify(refs.map(({ scope, id }) => [scope, id])),
    );
  }

  unmark(job: number, as: "due" | "follows", { scope, id }: SessionRef): void {
    this.sql.exec(
      `UPDATE family SET ${as} = 0 WHERE job = ? AND scope = ? AND id = ?`,
      job,
      scope,
      id,
    );
  }

  /** The next scope whose sessions have made some that name nobody; null: there is none. */
  nextMaker(job: number, after: string): string | null {
    return this.sql
      .exec<{ scope: string | null }>(
        `SELECT min(parent_scope) AS scope FROM family INDEXED BY family_nameless
         WHERE job = ? AND named = 0 AND parent_id IS NOT NULL AND parent_scope > ?`,
        job,
        after,
      )
      .one().scope;
  }

  /** Notes that nothing which sessions of a scope have made goes with them. */
  unmarkMadeBy(job: number, scope: string): void {
    this.sql.exec(
      `UPDATE family INDEXED BY family_nameless SET follows = 0
       WHERE job = ? AND named = 0 AND parent_id IS NOT NULL AND parent_scope = ? AND follows = 1`,
      job,
      scope,
    );
  }

  /** Notes of sessions under which numbers they stand in the plan. */
  setPlanned(job: number, rows: readonly (SessionRef & { readonly seq: number })[]): void {
    this.sql.exec(
      `UPDATE family SET planned = value ->> 2 FROM json_each(?2)
       WHERE job = ?1 AND scope = value ->> 0 AND family.id = value ->> 1`,
      job,
      JSON.stringify(rows.map(({ scope, id, seq }) => [scope, id, seq])),
    );
  }

  waits(job: number, { scope, id }: SessionRef): boolean {
    return (
      this.rows<unknown>(
        "SELECT 1 FROM family WHERE job = ? AND scope = ? AND id = ? AND waits = 1",
        job,
        scope,
        id,
      ).length > 0
    );
  }

  /** Whether a session that one has made, and that names nobody, is there. */
  hasNamelessChild(job: number, { scope, id }: SessionRef): boolean {
    return (
      this.rows<unknown>(
        `SELECT 1 FROM family INDEXED BY family_nameless
           WHERE job = ? AND named = 0 AND parent_id IS NOT NULL
             AND parent_scope = ? AND parent_id = ? AND gone = 0 LIMIT 1`,
        job,
        scope,
        id,
      ).length > 0
    );
  }

  /** The next descendants after a place that name nobody, and the place of the last; null: there are none. */
  descendants(
    job: number,
    after: FamilyPlace | null,
    limit: number,
  ): { readonly found: readonly Descendant[]; readonly last: FamilyPlace } | null {
    const rows = this.rows<AncestorRow>(
      `WITH RECURSIVE page AS (
           SELECT parent_scope, parent_id, scope, id, version,
             due = 0 AND gone = 0 AND follows = 0 AS stays, follows, planned,
             selected, person = '${UNREADABLE}' AS unreadable
           FROM family INDEXED BY family_nameless
           WHERE job = ?1 AND named = 0 AND parent_id IS NOT NULL
             AND (parent_scope, parent_id, scope, id) > (?2, ?3, ?4, ?5)
           ORDER BY parent_scope, parent_id, scope, id LIMIT ?6),
         line (of_scope, of_id, n, scope, id) AS (
           SELECT scope, id, 1, parent_scope, parent_id FROM page
           UNION
           SELECT l.of_scope, l.of_id, l.n + 1, f.parent_scope, f.parent_id
           FROM line l CROSS JOIN family f ON f.job = ?1 AND f.scope = l.scope AND f.id = l.id
           WHERE f.named = 0 AND f.parent_id IS NOT NULL AND l.n < ${MOST_ANCESTORS})
         SELECT p.parent_scope, p.parent_id, p.scope AS of_scope, p.id AS of_id, p.version, p.stays,
                p.follows, p.planned, p.selected, p.unreadable, l.scope, l.id, f.version AS up_version, f.follows AS up_follows,
                f.planned AS up_planned, f.named, f.person, f.parent_id IS NOT NULL AS has_parent
         FROM page p JOIN line l ON l.of_scope = p.scope AND l.of_id = p.id
         LEFT JOIN family f ON f.job = ?1 AND f.scope = l.scope AND f.id = l.id
         ORDER BY p.parent_scope, p.parent_id, p.scope, p.id, l.n`,
      job,
      ...(after ?? FIRST),
      limit,
    );
    const last = rows.at(-1);
    if (last === undefined) {
      return null;
    }
    const found = new Map<string, Descendant & { readonly ancestors: ListedAncestor[] }>();
    for (const row of rows) {
      const key = `${row.of_scope}\n${row.of_id}`;
      const { of_scope: scope, of_id: id, version, planned } = row;
      const one = found.get(key) ?? {
        scope,
        id,
        version,
        stays: row.stays === 1,
        follows: row.follows === 1,
        planned,
        selected: row.selected === 1,
        unreadable: row.unreadable === 1,
        ancestors: [],
      };
      found.set(key, one);
      one.ancestors.push(ancestorOf(row));
    }
    return {
      found: [...found.values()],
      last: [last.parent_scope, last.parent_id, last.of_scope, last.of_id],
    };
  }
}

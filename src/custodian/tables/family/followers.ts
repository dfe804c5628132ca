import type { Disposition } from "../../../core/count/disposition.ts";
import type { SessionRef } from "../../../core/session/session.ts";
import type { VersionedRef } from "../../../sources/source.ts";
import { Table } from "../../../platform/table.ts";

/** A session that is not due and goes with one that is. */
export interface Follower extends VersionedRef {
  /** From the session that made it up to the one that is due. */
  readonly line: readonly VersionedRef[];
}

/** Of a planned follower: its line, and how it is left where the one that is due stays, or an agent shares it. */
export interface FollowerNotes {
  readonly line: readonly VersionedRef[];
  readonly left_as: LeftAs | null;
}

type LeftAs = Extract<Disposition, "renewed" | "held" | "shared">;

/** Whether the session of an alias, at these places of a row, may follow by all that is known; unknown is no. */
function follows(scope: string, id: string): string {
  return `EXISTS (SELECT 1 FROM family m
    WHERE m.job = f.job AND m.scope = ${scope} AND m.id = ${id} AND m.follows = 1)`;
}

/** Whether a row f, and each of its line below the one that is due, may go with what made it. */
const MAY_GO = `${follows("f.scope", "f.id")} AND NOT EXISTS (
  SELECT 1 FROM json_each(f.line) l WHERE l.key < json_array_length(f.line) - 1
    AND NOT ${follows("l.value ->> 0", "l.value ->> 1")})`;

/** Planned sessions of a sweep that name nobody and go with the due one that they come from. */
export class Followers extends Table {
  add(job: number, followers: readonly Follower[]): void {
    this.sql.exec(
      `INSERT OR REPLACE INTO followers (job, scope, id, due_scope, due_id, line)
       SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)`,
      job,
      JSON.stringify(
        followers.map(({ scope, id, line }) => {
          const due = line.at(-1);
          return [scope, id, due?.scope, due?.id, writeLine(line)];
        }),
      ),
    );
  }

  /** Which of these sessions follow another one, by their places. */
  find(job: number, refs: readonly SessionRef[]): ReadonlyMap<number, FollowerNotes> {
    const rows = this.rows<{ key: number; line: string; left_as: LeftAs | null }>(
      `SELECT r.key AS key, f.line,
           coalesce(f.left_as, CASE WHEN ${MAY_GO} THEN NULL ELSE 'shared' END) AS left_as FROM json_each(?) r JOIN followers f
           ON f.job = ? AND f.scope = r.value ->> 0 AND f.id = r.value ->> 1`,
      JSON.stringify(refs.map(({ scope, id }) => [scope, id])),
      job,
    );
    return new Map(
      rows.map(({ key, line, left_as: left }) => [key, { line: readLine(line), left_as: left }]),
    );
  }

  /** Notes the line of a follower as it is now. */
  renew(job: number, { scope, id }: SessionRef, line: readonly VersionedRef[]): void {
    this.sql.exec(
      "UPDATE followers SET line = ? WHERE job = ? AND scope = ? AND id = ?",
      writeLine(line),
      job,
      scope,
      id,
    );
  }

  /** Notes that sessions which were due stay: so does what would have gone with them. */
  leave(job: number, due: readonly SessionRef[], as: Disposition): void {
    this.sql.exec(
      `UPDATE followers SET left_as = ? WHERE job = ? AND (due_scope, due_id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
      as,
      job,
      JSON.stringify(due.map(({ scope, id }) => [scope, id])),
    );
  }
}

function writeLine(line: readonly VersionedRef[]): string {
  return JSON.stringify(line.map(({ scope, id, version }) => [scope, id, version]));
}

function readLine(text: string): VersionedRef[] {
  const line = JSON.parse(text) as [string, string, number][];
  return line.map(([scope, id, version]) => ({ scope, id, version }));
}

import { Table } from "../../../platform/table.ts";
import type { Keyring } from "../../../core/values/hash.ts";
import type { Lineage } from "../../../core/session/lineage.ts";
import type { PersonField, SessionRef } from "../../../core/session/session.ts";
import type { Identifier } from "../../../core/session/subject.ts";

/** Rows that one statement forgets. */
const FORGET = 2000;

/** Bytes that make each sealed text another. */
const NONCE = 12;

/**
 * Whose sessions are that name nobody, so that an erasure finds them when their ancestors are gone. Sessions
 * and values of people are keyed hashes, agents are sealed, because they may be called after somebody. A row is about a session itself, or about all that one which is
 * being removed has made.
 */
export class LineageTable extends Table {
  readonly #keyring: Keyring;
  readonly #random: (length: number) => Uint8Array;

  constructor(sql: SqlStorage, keyring: Keyring, random: (length: number) => Uint8Array) {
    super(sql);
    this.#keyring = keyring;
    this.#random = random;
  }

  /** Whom fields name, under keyed hashes. */
  hashed(person: readonly PersonField[]): PersonField[] {
    return person.flatMap(({ type, values }) =>
      values.length === 0 ? [] : [{ type, values: values.map((value) => this.#value(value)) }],
    );
  }

  /** Identifiers as `matchLineage` compares them. */
  hashedIdentifiers(identifiers: readonly Identifier[]): Identifier[] {
    return identifiers.map(({ type, value }) => ({ type, value: this.#value(value) }));
  }

  /** Whose a session is; null: it is not known. */
  find(ref: SessionRef): Lineage | null {
    return this.#find(this.#key("session", ref));
  }

  /** Whose are all that a session which is gone has made; null: it is not known. */
  findOfChildren(parent: SessionRef): Lineage | null {
    return this.#find(this.#key("parent", parent));
  }

  /** Keeps whose a session is, as a list that began at a time, or a call at it, has seen. */
  keep(ref: SessionRef, lineage: Lineage, at: number): void {
    this.#keep(this.#key("session", ref), lineage, at);
  }

  keepOfChildren(parent: SessionRef, lineage: Lineage, at: number): void {
    this.#keep(this.#key("parent", parent), lineage, at);
  }

  forget(ref: SessionRef): void {
    this.sql.exec("DELETE FROM lineage WHERE session = unhex(?)", this.#key("session", ref));
  }

  forgetOfChildren(parent: SessionRef): void {
    this.sql.exec("DELETE FROM lineage WHERE session = unhex(?)", this.#key("parent", parent));
  }

  isEmpty(): boolean {
    return this.rows<unknown>("SELECT 1 FROM lineage LIMIT 1").length === 0;
  }

  /** Forgets what a complete list that began at a time has not seen; true when there may be more. */
  forgetUnseen(from: number): boolean {
    const { rowsWritten } = this.sql.exec(
      `DELETE FROM lineage WHERE session IN (
         SELECT session FROM lineage WHERE seen_at < ? LIMIT ${FORGET})`,
      from,
    );
    return rowsWritten >= FORGET;
  }

  #find(key: string): Lineage | null {
    const [row] = this.rows<{ people: string; agents: string }>(
      "SELECT people, agents FROM lineage WHERE session = unhex(?)",
      key,
    );
    const agents = row === undefined ? null : this.#keyring.open(row.agents, key);
    // Under another secret the keys are others too, so a row that is found can be opened.
    return row === undefined || agents === null
      ? null
      : {
          person: JSON.parse(row.people) as PersonField[],
          agents: JSON.parse(agents) as string[],
        };
  }

  #keep(key: string, lineage: Lineage, at: number): void {
    this.sql.exec(
      `INSERT INTO lineage (session, people, agents, seen_at) VALUES (unhex(?), ?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET people = excluded.people, agents = excluded.agents,
         seen_at = max(seen_at, excluded.seen_at)`,
      key,
      JSON.stringify(lineage.person),
      this.#keyring.seal(JSON.stringify(lineage.agents), key, this.#random(NONCE)),
      at,
    );
  }

  /** 32 hex digits: the first half of the keyed hash. */
  #key(of: "session" | "parent", { scope, id }: SessionRef): string {
    return this.#keyring.hash("lineage", `${of}\n${scope}\n${id}`).slice(-64, -32);
  }

  #value(value: Identifier["value"]): string {
    return this.#keyring.hash("lineage", `value\n${JSON.stringify(value)}`).slice(-64, -32);
  }
}

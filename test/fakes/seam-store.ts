import { GeneratedSessions, type GenerateSessions } from "./seam-generate.ts";

/** A client session on the wire; seeded rows may have more fields or fewer. */
export interface ClientSession {
  client_session_id: string;
  workspace_id: string;
  created_at: string;
  expires_at: string;
  token: string;
  user_identifier_key: string | null;
  device_count: number;
  connected_account_ids: string[];
  connect_webview_ids: string[];
  user_identity_ids: string[];
  user_identity_id?: string;
  customer_key?: string;
  [more: string]: unknown;
}

/** A session and the workspace whose key finds it, whatever its own workspace_id says. */
export interface SeamRow {
  owner: string;
  session: ClientSession;
  revoked: boolean;
}

/** A session as it was when a caller removed it; epoch milliseconds. */
export interface SeamRemoval extends SeamRow {
  at: number;
}

/** Every session of every workspace, in the order they were made. */
export class SeamStore {
  /** What callers removed, in order; what an effect removed is not among it. */
  readonly removals: SeamRemoval[] = [];
  /** List calls so far. */
  lists = 0;
  #rows = new Map<string, SeamRow>();
  #sets: GeneratedSessions[] = [];
  // Null stands for a generated row that was never changed: it can be made again.
  #removed = new Map<string, SeamRow | null>();

  clear(): void {
    this.#rows.clear();
    this.#sets = [];
    this.#removed.clear();
    this.removals.length = 0;
    this.lists = 0;
  }

  /** Adds a set that takes no memory until its rows change. */
  generate(spec: GenerateSessions & { now: string; workspace_id: string }): GeneratedSessions {
    const set = new GeneratedSessions(spec);
    if (this.#sets.some((known) => known.suffix === set.suffix)) {
      throw new Error("this workspace already has a generated set with that seed");
    }
    this.#sets.push(set);
    return set;
  }

  find(id: string): SeamRow | undefined {
    const row = this.#rows.get(id);
    if (row !== undefined) {
      return row;
    }
    for (const set of this.#sets) {
      const index = set.indexOf(id);
      if (index !== undefined) {
        return set.at(index);
      }
    }
    return undefined;
  }

  put(row: SeamRow): void {
    const id = row.session.client_session_id;
    this.#removed.delete(id);
    for (const set of this.#sets) {
      const index = set.indexOf(id);
      if (index !== undefined) {
        return void set.changed.set(index, row);
      }
    }
    this.#rows.set(id, row);
  }

  /** Merges fields into a session; its owner stays, even when workspace_id changes. */
  change(id: string, fields: Record<string, unknown>): boolean {
    const row = this.find(id);
    if (row === undefined) {
      return false;
    }
    this.put({ ...row, session: { ...row.session, ...fields } });
    return true;
  }

  remove(id: string): boolean {
    const row = this.#rows.get(id);
    if (row !== undefined) {
      this.#rows.delete(id);
      this.#removed.set(id, row);
      return true;
    }
    for (const set of this.#sets) {
      const index = set.indexOf(id);
      if (index === undefined) {
        continue;
      }
      const changed = set.changed.get(index);
      if (changed === null) {
        return false;
      }
      set.changed.set(index, null);
      this.#removed.set(id, changed ?? null);
      return true;
    }
    return false;
  }

  /** Brings a removed session back under its old id, with changes if wanted. */
  restore(id: string, fields: Record<string, unknown>): boolean {
    if (!this.#removed.has(id)) {
      return false;
    }
    const kept = this.#removed.get(id) ?? this.#remake(id);
    if (kept === undefined) {
      return false;
    }
    this.put({ ...kept, session: { ...kept.session, ...fields } });
    return true;
  }

  #remake(id: string): SeamRow | undefined {
    for (const set of this.#sets) {
      const index = set.indexOf(id);
      if (index !== undefined) {
        return set.make(index);
      }
    }
    return undefined;
  }

  /** Every row, or those that one workspace's key finds. */
  *rows(owner?: string): Generator<SeamRow> {
    for (const row of this.#rows.values()) {
      if (owner === undefined || row.owner === owner) {
        yield row;
      }
    }
    for (const set of this.#sets) {
      if (owner === undefined || set.workspace === owner) {
        yield* set.rows();
      }
    }
  }

  get size(): number {
    let size = this.#rows.size;
    for (const set of this.#sets) {
      size += set.size;
    }
    return size;
  }

  removedIds(): string[] {
    return [...this.#removed.keys()];
  }
}

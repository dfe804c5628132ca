import type { Policy } from "../../core/policy/policy.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import type { ListedVersion, Page, PolicyVersion } from "../../contract/registrar.ts";
import { Table } from "../../platform/table.ts";

/** So many versions of each policy are kept. */
const KEPT = 1000;

/** A version as it is stored; a digest of null says that the policy was removed. */
export interface StoredVersion {
  readonly policy: string;
  readonly no: number;
  readonly digest: string | null;
  readonly document: Policy | null;
  /** The name of the key that wrote it; null when it came from KV. */
  readonly writer: string | null;
  readonly via: "api" | "kv";
  /** Epoch milliseconds. */
  readonly at: number;
  /** When its key last wrote it. */
  readonly written_at: number;
  /** Since when KV has shown nothing at each look, and when it last showed nothing valid; null: it does not matter. */
  readonly missing_since: number | null;
  readonly missing_at: number | null;
  /** When a plan of it first removed, on the account where it did so last; null: it has not run live. */
  readonly trusted_at: number | null;
  /** The key that approved; null: it needed no approval. */
  readonly trusted_by: string | null;
  /** The fingerprint of that account. */
  readonly trusted_on: string | null;
}

type Row = Omit<StoredVersion, "document"> & { readonly document: string | null };

const LAST_TRUSTED = "trusted_at IS NOT NULL ORDER BY no DESC LIMIT 1";

/** Every version that each policy has had, the newest of which alone may run. */
export class PolicyVersions extends Table {
  /** Adds a version; null says that the policy was removed. */
  add(
    policy: string,
    version: PolicyVersion | null,
    writer: string | null,
    now: number,
  ): StoredVersion {
    const [added] = this.#read(
      `INSERT INTO policy_versions (policy, no, digest, document, writer, via, at, written_at)
       SELECT ?1, coalesce(max(no), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?6 FROM policy_versions WHERE policy = ?1
       RETURNING *`,
      policy,
      version?.digest ?? null,
      version === null ? null : JSON.stringify(version.policy),
      writer,
      writer === null ? "kv" : "api",
      now,
    );
    if (added === undefined) {
      throw new Error("a version was not added");
    }
    this.sql.exec(
      `DELETE FROM policy_versions WHERE policy = ?1 AND no <= ?2 AND no IS NOT (
         SELECT no FROM policy_versions WHERE policy = ?1 AND ${LAST_TRUSTED})`,
      policy,
      added.no - KEPT,
    );
    return added;
  }

  newest(policy: string): StoredVersion | null {
    return this.#one("WHERE policy = ? ORDER BY no DESC LIMIT 1", policy);
  }

  /** Policies that have a version, by what is known here; a few rows each, however many versions there are. */
  present(): string[] {
    return this.rows<{ policy: string }>(
      `WITH RECURSIVE known(policy) AS (
           SELECT min(policy) FROM policy_versions
           UNION ALL
           SELECT (SELECT min(policy) FROM policy_versions v WHERE v.policy > known.policy)
           FROM known WHERE policy IS NOT NULL)
         SELECT policy FROM known WHERE policy IS NOT NULL
           AND (SELECT digest FROM policy_versions v WHERE v.policy = known.policy
                ORDER BY no DESC LIMIT 1) IS NOT NULL`,
    ).map(({ policy }) => policy);
  }

  /** Stores when a version was last written, and what KV has shown of it. */
  save({ policy, no, written_at, missing_since, missing_at }: StoredVersion): void {
    this.sql.exec(
      `UPDATE policy_versions SET written_at = ?, missing_since = ?, missing_at = ?
       WHERE policy = ? AND no = ?`,
      written_at,
      missing_since,
      missing_at,
      policy,
      no,
    );
  }

  /** The version that ran live last, and on which account: what a new one is compared with. */
  trusted(policy: string): StoredVersion | null {
    return this.#one(`WHERE policy = ? AND ${LAST_TRUSTED}`, policy);
  }

  /** Notes that a version ran live on an account; `by` is the key that approved its plan. */
  trust(policy: string, digest: string, account: string, by: string | null, now: number): void {
    this.sql.exec(
      `UPDATE policy_versions SET trusted_at = ?1, trusted_by = ?2, trusted_on = ?5
       WHERE policy = ?3 AND (trusted_at IS NULL OR trusted_on IS NOT ?5) AND no = (
         SELECT max(no) FROM policy_versions WHERE policy = ?3 AND digest = ?4)`,
      now,
      by,
      policy,
      digest,
      account,
    );
  }

  /** Whether a key wrote a document: its newest version, or another since it last ran live. */
  hasWritten(policy: string, digest: string, writer: string): boolean {
    const found = this.#one(
      `WHERE policy = ?1 AND digest = ?2 AND writer = ?3 AND no >= (
         SELECT coalesce(min(max(no), max(CASE WHEN trusted_at IS NULL THEN 0 ELSE no END) + 1), 0)
         FROM policy_versions WHERE policy = ?1 AND digest = ?2)
       LIMIT 1`,
      policy,
      digest,
      writer,
    );
    return found !== null;
  }

  /** The different documents that a key wrote since any version of the policy last ran live; read one by one. */
  *writtenSinceTrusted(policy: string, writer: string): Iterable<Policy> {
    const rows = this.sql.exec<{ document: string }>(
      `SELECT DISTINCT document FROM policy_versions
       WHERE policy = ?1 AND writer = ?2 AND document IS NOT NULL AND no > (
         SELECT coalesce(max(no), 0) FROM policy_versions WHERE policy = ?1 AND trusted_at IS NOT NULL)`,
      policy,
      writer,
    );
    for (const { document } of rows) {
      yield JSON.parse(document) as Policy;
    }
  }

  /** What a digest of a policy stands for; null: it is not known any more. */
  documentOf(policy: string, digest: string): Policy | null {
    return this.#one("WHERE policy = ? AND digest = ? LIMIT 1", policy, digest)?.document ?? null;
  }

  /** A page of versions, the newest first; `before` is the last number of the page before. */
  page(policy: string, limit: number, before: number | null): Page<ListedVersion> {
    const rows = this.rows<Row>(
      `SELECT * FROM policy_versions
         WHERE policy = ?1 AND (?2 IS NULL OR no < ?2) ORDER BY no DESC LIMIT ?3`,
      policy,
      before,
      limit + 1,
    );
    const data = rows.slice(0, limit).map(listed);
    const last = data.at(-1);
    return {
      data,
      next_cursor: last !== undefined && rows.length > limit ? String(last.no) : null,
    };
  }

  #one(where: string, ...bindings: SqlStorageValue[]): StoredVersion | null {
    return this.#read(`SELECT * FROM policy_versions ${where}`, ...bindings)[0] ?? null;
  }

  #read(statement: string, ...bindings: SqlStorageValue[]): StoredVersion[] {
    return this.rows<Row>(statement, ...bindings).map(({ document, ...rest }) => ({
      ...rest,
      document: document === null ? null : (JSON.parse(document) as Policy),
    }));
  }
}

function listed(row: Row): ListedVersion {
  const { no, digest, document, writer, via, at, trusted_at: trustedAt, trusted_by } = row;
  return {
    no,
    digest,
    document,
    writer,
    via,
    at: formatTimestamp(at),
    trusted_at: formatInstant(trustedAt),
    trusted_by,
  };
}

import type { Delivery, IdempotencyKey, Known } from "../../contract/registrar.ts";
import { Table } from "../../platform/table.ts";

const KEY_MS = 86_400_000;
const DELIVERY_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

/** What is known of a request by its key. */
/** Which requests were made before. Bodies are kept as keyed hashes only. */
export class Idempotency extends Table {
  /** Looks an `Idempotency-Key` up, if a request has one; it is known for 24 hours. */
  find(asked: IdempotencyKey | null, now: number): Known {
    if (asked === null) {
      return { kind: "new" };
    }
    const { owner, key, body_hash: bodyHash } = asked;
    this.sql.exec("DELETE FROM idempotency WHERE expires_at <= ?", now);
    const [row] = this.rows<{ body_hash: string; answer: string }>(
      "SELECT body_hash, answer FROM idempotency WHERE owner = ? AND idempotency_key = ?",
      owner,
      key,
    );
    return known(row, bodyHash);
  }

  keep(asked: IdempotencyKey | null, answer: string, now: number): void {
    if (asked === null) {
      return;
    }
    const { owner, key, body_hash: bodyHash } = asked;
    this.sql.exec(
      "INSERT OR IGNORE INTO idempotency (owner, idempotency_key, body_hash, answer, expires_at) VALUES (?, ?, ?, ?, ?)",
      owner,
      key,
      bodyHash,
      answer,
      now + KEY_MS,
    );
  }

  /** Looks a webhook delivery up; it is known for 30 days. */
  findDelivery({ hook, webhook_id: id, body_hash: bodyHash }: Delivery, now: number): Known {
    this.sql.exec("DELETE FROM deliveries WHERE at < ?", now - DELIVERY_MS);
    const [row] = this.rows<{ body_hash: string; answer: string }>(
      "SELECT body_hash, erasure AS answer FROM deliveries WHERE hook = ? AND webhook_id = ?",
      hook,
      id,
    );
    return known(row, bodyHash);
  }

  /** Stores a delivery; answers how many its hook has had within the hour, this one included. */
  keepDelivery(
    { hook, webhook_id: id, body_hash: bodyHash }: Delivery,
    erasure: string,
    now: number,
  ): number {
    this.sql.exec(
      "INSERT INTO deliveries (hook, webhook_id, body_hash, erasure, at) VALUES (?, ?, ?, ?, ?)",
      hook,
      id,
      bodyHash,
      erasure,
      now,
    );
    return this.number(
      "SELECT count(*) AS n FROM deliveries WHERE hook = ? AND at > ?",
      hook,
      now - HOUR_MS,
    );
  }
}

function known(row: { body_hash: string; answer: string } | undefined, bodyHash: string): Known {
  if (row === undefined) {
    return { kind: "new" };
  }
  return row.body_hash === bodyHash
    ? { kind: "replayed", answer: row.answer }
    : { kind: "conflict" };
}

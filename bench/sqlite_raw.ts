import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface RawResult {
  readonly way: string;
  readonly ms: number;
  readonly longest_ms: number;
}

const BATCHED = `DELETE FROM client_sessions WHERE (workspace_id, client_session_id) IN (
  SELECT workspace_id, client_session_id FROM client_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`;

/** The physical limit: SQLite in this process, batched and in one statement. */
export function rawSqlite(total: number, due: number, now: number): RawResult[] {
  return [1000, 5000, total].map((batch) => {
    const folder = mkdtempSync(join(tmpdir(), "lethe-bench-sqlite-"));
    const db = new DatabaseSync(join(folder, "store.sqlite"));
    try {
      fill(db, total, due, now);
      const { ms, longest_ms: longest } = sweep(db, batch, now);
      return {
        way: batch === total ? "one DELETE" : `batches of ${batch}`,
        ms,
        longest_ms: longest,
      };
    } finally {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function fill(db: DatabaseSync, total: number, due: number, now: number): void {
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  for (const file of readdirSync(join(import.meta.dirname, "../migrations")).toSorted()) {
    db.exec(readFileSync(join(import.meta.dirname, "../migrations", file), "utf8"));
  }
  const insert = db.prepare(
    `INSERT INTO client_sessions (workspace_id, client_session_id, created_at, expires_at,
       user_identifier_key, token_hash, token_sealed, record) VALUES ('w', ?, ?, ?, ?, ?, ?, ?)`,
  );
  db.exec("BEGIN");
  for (let n = 0; n < total; n++) {
    const id = crypto.randomUUID();
    const isDue = Math.floor(((n + 1) * due) / total) > Math.floor((n * due) / total);
    insert.run(
      id,
      now - n,
      isDue ? now - 60_000 : now + 86_400_000,
      `user-${n % 50_000}`,
      id,
      id + id,
      "x".repeat(300),
    );
  }
  db.exec("COMMIT");
}

function sweep(db: DatabaseSync, batch: number, now: number): { ms: number; longest_ms: number } {
  const remove = db.prepare(BATCHED);
  const from = performance.now();
  let longest = 0;
  for (;;) {
    const started = performance.now();
    const { changes } = remove.run(now, batch);
    longest = Math.max(longest, performance.now() - started);
    if (Number(changes) === 0) {
      return { ms: performance.now() - from, longest_ms: longest };
    }
  }
}

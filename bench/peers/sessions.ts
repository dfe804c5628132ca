import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What every store is filled with: half of the sessions are due, their ids without locality. */
export interface PeerFill {
  readonly total: number;
  readonly due: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface PeerSession {
  readonly id: string;
  readonly user: string;
  readonly created_at: number;
  readonly expires_at: number;
  /** Of about the size that a session of the embedded store has. */
  readonly data: string;
}

/** How one way of removing them went. */
export interface PeerResult {
  readonly way: string;
  readonly removed: number;
  readonly ms: number;
  /** The longest time for which one statement held the store; null where it was not one statement. */
  readonly longest_ms: number | null;
}

export const USERS = 5000;
const DATA = JSON.stringify({ cookie: { path: "/", httpOnly: true }, note: "x".repeat(300) });

export function* sessions({ total, due, now }: PeerFill): Generator<PeerSession> {
  for (let n = 0; n < total; n++) {
    const isDue = Math.floor(((n + 1) * due) / total) > Math.floor((n * due) / total);
    const away = 60_000 + (n % 1000) * 1000;
    yield {
      id: crypto.randomUUID(),
      user: `user-${n % USERS}`,
      created_at: now - 40 * 86_400_000 - n,
      expires_at: isDue ? now - away : now + 86_400_000 + away,
      data: DATA,
    };
  }
}

/** A database file of its own for one measurement, as durable as the embedded store's. */
export async function withSqlite<T>(use: (db: DatabaseSync) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "lethe-bench-peer-"));
  const db = new DatabaseSync(join(folder, "store.sqlite"));
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    return await use(db);
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures a removal, and holds it to having removed what is due and nothing else. */
export async function measure(
  { total, due }: PeerFill,
  peer: {
    readonly way: string;
    readonly isOneStatement: boolean;
    remove(): Promise<void>;
    left(): Promise<number>;
  },
): Promise<PeerResult> {
  const from = performance.now();
  await peer.remove();
  const ms = performance.now() - from;
  const left = await peer.left();
  if (left !== total - due) {
    throw new Error(`${peer.way} left ${left} sessions, not ${total - due}`);
  }
  return { way: peer.way, removed: due, ms, longest_ms: peer.isOneStatement ? ms : null };
}

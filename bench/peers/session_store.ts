import { loadDefault } from "./load.ts";
import { measure, sessions, withSqlite, type PeerFill, type PeerResult } from "./sessions.ts";

interface Store {
  clearExpiredSessions(): void;
}

/** The clean-up that better-sqlite3-session-store runs every 15 minutes, on Node's own SQLite. */
export async function sessionStore(fill: PeerFill): Promise<PeerResult[]> {
  const session = await loadDefault<object>("express-session");
  const connect = await loadDefault<(session: object) => new (options: object) => Store>(
    "better-sqlite3-session-store",
  );
  const result = await withSqlite(async (db) => {
    const timers: NodeJS.Timeout[] = [];
    const SqliteStore = connect(session);
    const store = holdingTimers(timers, () => new SqliteStore({ client: db }));
    const insert = db.prepare("INSERT INTO sessions (sid, sess, expire) VALUES (?, ?, ?)");
    db.exec("BEGIN");
    for (const one of sessions(fill)) {
      insert.run(one.id, one.data, new Date(one.expires_at).toISOString());
    }
    db.exec("COMMIT");
    try {
      return await measure(fill, {
        way: "better-sqlite3-session-store: its clean-up",
        isOneStatement: true,
        left: async () => Number(db.prepare("SELECT count(*) AS n FROM sessions").get()?.["n"]),
        remove: async () => store.clearExpiredSessions(),
      });
    } finally {
      for (const timer of timers) {
        clearInterval(timer);
      }
    }
  });
  return [result];
}

/** The store starts a timer that nothing ends; it would hold this process for ever. */
function holdingTimers<T>(timers: NodeJS.Timeout[], make: () => T): T {
  const original = globalThis.setInterval;
  globalThis.setInterval = ((handler: () => void, ms: number) => {
    const timer = original(handler, ms);
    timers.push(timer);
    return timer;
  }) as typeof setInterval;
  try {
    return make();
  } finally {
    globalThis.setInterval = original;
  }
}

import type { DatabaseSync } from "node:sqlite";
import { load } from "./load.ts";
import {
  measure,
  sessions,
  USERS,
  withSqlite,
  type PeerFill,
  type PeerResult,
} from "./sessions.ts";

interface Where {
  readonly field: string;
  readonly operator: string;
  readonly value: Date;
}

interface Context {
  readonly adapter: {
    deleteMany(query: { model: string; where: readonly Where[] }): Promise<number>;
    findMany<T>(query: { model: string; where: readonly Where[]; limit: number }): Promise<T[]>;
  };
  readonly internalAdapter: { deleteSession(token: string): Promise<void> };
}

interface Auth {
  readonly options: object;
  readonly $context: Promise<Context>;
}

const PAGE = 1000;

/**
 * better-auth sweeps no sessions by itself. What an application writes is one `deleteMany`, or a
 * `deleteSession` for each, where hooks or a second store must see every one.
 */
export async function betterAuth(fill: PeerFill): Promise<PeerResult[]> {
  const expired = (): readonly Where[] => [
    { field: "expiresAt", operator: "lt", value: new Date() },
  ];
  const many = await withSqlite(async (db) => {
    const { adapter } = await open(db, fill);
    return measure(fill, {
      way: "better-auth: adapter.deleteMany",
      isOneStatement: true,
      left: async () => countIn(db),
      async remove() {
        await adapter.deleteMany({ model: "session", where: expired() });
      },
    });
  });
  const each = await withSqlite(async (db) => {
    const { adapter, internalAdapter } = await open(db, fill);
    return measure(fill, {
      way: "better-auth: deleteSession one by one",
      isOneStatement: false,
      left: async () => countIn(db),
      async remove() {
        for (;;) {
          const found = await adapter.findMany<{ token: string }>({
            model: "session",
            where: expired(),
            limit: PAGE,
          });
          if (found.length === 0) {
            return;
          }
          for (const { token } of found) {
            await internalAdapter.deleteSession(token);
          }
        }
      },
    });
  });
  return [many, each];
}

async function open(db: DatabaseSync, fill: PeerFill): Promise<Context> {
  const library = await load<{ betterAuth(options: object): Auth }>("better-auth");
  const migration = await load<{
    getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
  }>("better-auth/db/migration");
  const auth = library.betterAuth({
    database: db,
    secret: "a secret for benchmarks, of 32 characters and more",
    baseURL: "http://127.0.0.1",
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  const { runMigrations } = await migration.getMigrations(auth.options);
  await runMigrations();
  const iso = (at: number): string => new Date(at).toISOString();
  const user = db.prepare(
    "INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt) VALUES (?, 'n', ?, 1, ?, ?)",
  );
  const session = db.prepare(
    `INSERT INTO session (id, expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId)
     VALUES (?, ?, ?, ?, ?, '127.0.0.1', ?, ?)`,
  );
  db.exec("BEGIN");
  for (let n = 0; n < USERS; n++) {
    user.run(`user-${n}`, `user-${n}@example.test`, iso(fill.now), iso(fill.now));
  }
  for (const one of sessions(fill)) {
    const made = iso(one.created_at);
    session.run(one.id, iso(one.expires_at), `t${one.id}`, made, made, one.data, one.user);
  }
  db.exec("COMMIT");
  return auth.$context;
}

function countIn(db: DatabaseSync): number {
  return Number(db.prepare("SELECT count(*) AS n FROM session").get()?.["n"]);
}

/**
 * The tables of a Custodian. Rows that name sessions live as long as their job; see docs/STORAGE.md.
 * `plan.state` is 0 pending, 1 attempted (an intent without an outcome), 2 settled, 3 unread.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS jobs (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  job_order TEXT NOT NULL,
  progress TEXT NOT NULL,
  wish TEXT,
  failed_attempts INTEGER NOT NULL DEFAULT 0,
  served_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS plan (
  job INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  clause INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  disposition TEXT,
  cursor TEXT,
  settled_at INTEGER,
  PRIMARY KEY (job, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS plan_open ON plan (job, state, seq) WHERE state <> 2;
CREATE INDEX IF NOT EXISTS plan_of_erasures ON plan (job, scope, id) WHERE clause < 0;
CREATE UNIQUE INDEX IF NOT EXISTS plan_unread ON plan (job, scope, id) WHERE state = 3;
CREATE INDEX IF NOT EXISTS plan_unread_by_age ON plan (job, due_at, seq) WHERE state = 3;
CREATE TABLE IF NOT EXISTS plan_pages (
  job INTEGER NOT NULL,
  after_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  filter BLOB NOT NULL,
  PRIMARY KEY (job, after_seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged (
  job INTEGER NOT NULL,
  place INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  clause INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (job, place, scope, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kin (
  job INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  parent_scope TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  judged INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job, parent_scope, parent_id, scope, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kin_by_child ON kin (job, scope, id);
CREATE TABLE IF NOT EXISTS family (
  job INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  parent_scope TEXT,
  parent_id TEXT,
  named INTEGER NOT NULL,
  person TEXT NOT NULL,
  due INTEGER NOT NULL DEFAULT 0,
  waits INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,
  known INTEGER NOT NULL DEFAULT 0,
  follows INTEGER NOT NULL DEFAULT 0,
  planned INTEGER NOT NULL DEFAULT 0,
  selected INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job, scope, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS family_nameless ON family (job, parent_scope, parent_id, scope, id)
  WHERE named = 0 AND parent_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS followers (
  job INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  due_scope TEXT NOT NULL,
  due_id TEXT NOT NULL,
  line TEXT NOT NULL,
  left_as TEXT,
  PRIMARY KEY (job, scope, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS followers_by_due ON followers (job, due_scope, due_id);
CREATE TABLE IF NOT EXISTS lineage (
  session BLOB PRIMARY KEY,
  people TEXT NOT NULL,
  agents TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lineage_by_time ON lineage (seen_at);
CREATE TABLE IF NOT EXISTS people (
  job INTEGER NOT NULL,
  person TEXT NOT NULL,
  newest_at INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (job, person, scope, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_by_session ON people (job, scope, id);
CREATE TABLE IF NOT EXISTS compared (
  job INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  own INTEGER NOT NULL,
  other INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  cursor TEXT,
  PRIMARY KEY (job, scope, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS compared_open ON compared (job) WHERE other = 2;
CREATE INDEX IF NOT EXISTS people_by_age ON people (job, person, newest_at DESC, scope, id);
CREATE TABLE IF NOT EXISTS newest (
  job INTEGER NOT NULL,
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (job, scope, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
  batch TEXT PRIMARY KEY,
  job INTEGER NOT NULL,
  seqs TEXT NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS activity (
  session TEXT PRIMARY KEY,
  active_at INTEGER NOT NULL,
  seen_in INTEGER NOT NULL,
  idle INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS activity_by_selection ON activity (seen_in);
CREATE TABLE IF NOT EXISTS forecasts (
  digest TEXT PRIMARY KEY,
  counted TEXT,
  swept_at INTEGER,
  used_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resting (
  session TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  times INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resting_by_end ON resting (until);
CREATE TABLE IF NOT EXISTS removal_stretches (
  no INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,
  rows INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS removals (
  stretch INTEGER NOT NULL,
  session BLOB NOT NULL,
  job INTEGER NOT NULL,
  disposition TEXT NOT NULL,
  at INTEGER NOT NULL,
  clause INTEGER,
  due_at INTEGER,
  PRIMARY KEY (stretch, session)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removal_jobs (
  no INTEGER PRIMARY KEY,
  job TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS outbox (
  job TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  news TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pace (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  next_at REAL NOT NULL,
  blocked_until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS totals (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  learnt TEXT NOT NULL,
  totals TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS restraints (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  copy TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS done_by_time ON done (at);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Makes the tables that are not there yet. */
export function createTables(sql: SqlStorage): void {
  // Before there were stretches: it is memory only, and is not worth carrying over.
  const [flat] = sql
    .exec(
      `SELECT 1 FROM pragma_table_info('removals') WHERE name = 'session' AND NOT EXISTS (
         SELECT 1 FROM pragma_table_info('removals') WHERE name = 'stretch')`,
    )
    .toArray();
  if (flat !== undefined) {
    sql.exec("DROP TABLE removals");
  }
  sql.exec(TABLES);
  addColumn(sql, "plan", "settled_at", "INTEGER");
  addColumn(sql, "activity", "idle", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "kin", "judged", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "family", "follows", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "family", "planned", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "family", "selected", "INTEGER NOT NULL DEFAULT 0");
}

/** Adds a column that an earlier version did not have. */
function addColumn(sql: SqlStorage, table: string, column: string, type: string): void {
  const [there] = sql
    .exec(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = '${column}'`)
    .toArray();
  if (there === undefined) {
    sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
}

/** Rows dropped by one statement: a few milliseconds. */
const DROP = 2000;

/** What a job needs while it makes its plan, and what tells the rows of each apart within it. */
const SCRATCH: Readonly<Record<string, string>> = {
  staged: "place, scope, id",
  kin: "parent_scope, parent_id, scope, id",
  family: "scope, id",
  followers: "scope, id",
  people: "person, scope, id",
  newest: "scope, id",
};

const ALL: Readonly<Record<string, string>> = {
  ...SCRATCH,
  plan: "seq",
  plan_pages: "after_seq",
  compared: "scope, id",
  batches: "batch",
};

/**
 * Drops rows that name sessions of a job, so many at a time; true when there may be more. Under the
 * negative number of a job stand the people of the text that it is compared with.
 */
export function dropRowsOf(sql: SqlStorage, job: number, what: "all" | "scratch" = "all"): boolean {
  for (const [table, key] of Object.entries(what === "all" ? ALL : SCRATCH)) {
    const { rowsWritten } = sql.exec(
      `DELETE FROM ${table} WHERE (job, ${key}) IN (
         SELECT job, ${key} FROM ${table} WHERE job IN (?1, -?1) LIMIT ${DROP})`,
      job,
    );
    if (rowsWritten >= DROP) {
      return true;
    }
  }
  return false;
}

/** The tables of the Registrar. What is personal, and how long it lives: docs/STORAGE.md. */
const TABLES = `
CREATE TABLE IF NOT EXISTS sweeps (
  id TEXT PRIMARY KEY,
  policy TEXT NOT NULL,
  policy_digest TEXT NOT NULL,
  source TEXT NOT NULL,
  status TEXT NOT NULL,
  tick INTEGER,
  seq INTEGER NOT NULL DEFAULT 0,
  report TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sweeps_of_policy ON sweeps (policy, id);
CREATE INDEX IF NOT EXISTS sweeps_active ON sweeps (ended, policy) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS sweeps_ended ON sweeps (created_at) WHERE ended = 1;
CREATE INDEX IF NOT EXISTS sweeps_stalled ON sweeps (status, policy) WHERE status = 'stalled';
CREATE TABLE IF NOT EXISTS erasures (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  identifiers TEXT,
  report TEXT NOT NULL,
  state TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS erasures_active ON erasures (status) WHERE identifiers IS NOT NULL;
CREATE INDEX IF NOT EXISTS erasures_of_status ON erasures (status, id);
CREATE TABLE IF NOT EXISTS erasure_parts (
  erasure TEXT NOT NULL,
  source TEXT NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0,
  part TEXT NOT NULL,
  PRIMARY KEY (erasure, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commands (
  no INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  command TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS holds (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  hold TEXT NOT NULL,
  selector TEXT,
  target TEXT NOT NULL,
  ends_at INTEGER,
  review_at INTEGER NOT NULL,
  late TEXT NOT NULL,
  over_in INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holds_standing ON holds (id) WHERE over_in IS NULL;
CREATE TABLE IF NOT EXISTS pauses (
  target TEXT PRIMARY KEY,
  pause TEXT NOT NULL,
  late TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS guard_acks (source TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
  owner TEXT NOT NULL,
  claim TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (owner, claim)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claims_by_end ON claims (expires_at);
CREATE TABLE IF NOT EXISTS deliveries (
  hook TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  erasure TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (hook, webhook_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (hook, at);
CREATE TABLE IF NOT EXISTS policy_versions (
  policy TEXT NOT NULL,
  no INTEGER NOT NULL,
  digest TEXT,
  text TEXT,
  writer TEXT,
  via TEXT NOT NULL,
  at INTEGER NOT NULL,
  written_at INTEGER NOT NULL DEFAULT 0,
  missing_since INTEGER,
  missing_at INTEGER,
  trusted_at INTEGER,
  trusted_by TEXT,
  trusted_on TEXT,
  PRIMARY KEY (policy, no)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS policy_versions_by_digest ON policy_versions (policy, digest, no);
CREATE TABLE IF NOT EXISTS schedule_marks (
  policy TEXT PRIMARY KEY,
  schedule TEXT NOT NULL,
  minute INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  policy TEXT NOT NULL,
  label TEXT NOT NULL,
  total INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (name, source, policy, label)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counters_by_time ON counters (at) WHERE policy <> '';
CREATE TABLE IF NOT EXISTS readings (
  source TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  reading TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS callbacks (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  about TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER,
  tries INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callbacks_about ON callbacks (type, about);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (due_at) WHERE due_at NOT NULL;
CREATE TABLE IF NOT EXISTS gauges (
  policy TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  since INTEGER NOT NULL,
  completed_at INTEGER,
  ended_as TEXT,
  backlog TEXT,
  lag TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Makes the tables that are not there yet. */
export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
  // What was trusted before there was this column was trusted on nobody knows which account.
  const [column] = sql
    .exec("SELECT 1 FROM pragma_table_info('policy_versions') WHERE name = 'trusted_on'")
    .toArray();
  if (column === undefined) {
    sql.exec("ALTER TABLE policy_versions ADD COLUMN trusted_on TEXT");
  }
}

/**
 * The tables of a Custodian. Rows that name sessions live as long as their job. docs/STORAGE.md is made from
 * the comments: above a table what it holds, how long that is kept and whether it is personal.
 */
const TABLES = [
  // Jobs under way.
  // Kept: until the job ends; a preview that has ended, 24 hours more. Personal: yes, for an erasure; the identifiers of a dry run go when it ends.
  "CREATE TABLE IF NOT EXISTS jobs (",
  "  no INTEGER PRIMARY KEY,",
  "  id TEXT NOT NULL UNIQUE,",
  "  kind TEXT NOT NULL,",
  "  job_order TEXT NOT NULL,", // a policy, or an erasure's identifiers
  "  progress TEXT NOT NULL,", // phase, counts, cursor, digest
  "  wish TEXT,", // proceed or stop
  "  failed_attempts INTEGER NOT NULL DEFAULT 0,", // attempts without progress
  "  served_at INTEGER NOT NULL DEFAULT 0", // how much service it has had
  ");",
  // What a job would remove, session by session.
  // Kept: until the job ends; of a preview that has ended, 24 hours more. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS plan (",
  "  job INTEGER NOT NULL,",
  "  seq INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  version INTEGER NOT NULL,",
  "  clause INTEGER NOT NULL,",
  "  due_at INTEGER NOT NULL,",
  "  state INTEGER NOT NULL,", // 0 pending, 1 attempted (an intent without an outcome), 2 settled, 3 unread
  "  tries INTEGER NOT NULL DEFAULT 0,",
  "  not_before INTEGER NOT NULL DEFAULT 0,",
  "  disposition TEXT,",
  "  cursor TEXT,", // of a walk through events
  "  settled_at INTEGER,",
  "  why TEXT,", // of an erasure: identifier types, the session that made it, the hold that binds it
  "  PRIMARY KEY (job, seq)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS plan_open ON plan (job, state, seq) WHERE state <> 2;",
  "CREATE INDEX IF NOT EXISTS plan_of_erasures ON plan (job, scope, id) WHERE clause < 0;",
  "CREATE UNIQUE INDEX IF NOT EXISTS plan_unread ON plan (job, scope, id) WHERE state = 3;",
  "CREATE INDEX IF NOT EXISTS plan_unread_by_age ON plan (job, due_at, seq) WHERE state = 3;",
  // Rows of `plan` while they are put in order.
  // Kept: until the plan is made. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS staged (",
  "  job INTEGER NOT NULL,",
  "  place INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  version INTEGER NOT NULL,",
  "  clause INTEGER NOT NULL,",
  "  due_at INTEGER NOT NULL,",
  "  PRIMARY KEY (job, place, scope, id)",
  ") WITHOUT ROWID;",
  // Sessions that another one made.
  // Kept: until the job ends. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS children (",
  "  job INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  parent_scope TEXT NOT NULL,",
  "  parent_id TEXT NOT NULL,",
  "  version INTEGER NOT NULL,",
  "  judged INTEGER NOT NULL DEFAULT 0,", // whether it was asked if its parent shares it
  "  stays INTEGER NOT NULL DEFAULT 0,", // 1: its removal was attempted, and now it is shared: it stays if it is there
  "  PRIMARY KEY (job, parent_scope, parent_id, scope, id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS children_by_id ON children (job, scope, id);",
  // A list that was read whole, where sessions make others.
  // Kept: until the sweep ends, or an erasure has read it. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS family (",
  "  job INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  version INTEGER NOT NULL,",
  "  parent_scope TEXT,",
  "  parent_id TEXT,",
  "  named INTEGER NOT NULL,", // whether it names somebody
  "  person TEXT NOT NULL,", // whom it names, as keyed hashes; null if it cannot be read
  "  due INTEGER NOT NULL DEFAULT 0,", // this and the next six are of a sweep
  "  waits INTEGER NOT NULL DEFAULT 0,",
  "  gone INTEGER NOT NULL DEFAULT 0,",
  "  known INTEGER NOT NULL DEFAULT 0,",
  "  follows INTEGER NOT NULL DEFAULT 0,",
  "  planned INTEGER NOT NULL DEFAULT 0,",
  "  selected INTEGER NOT NULL DEFAULT 0,",
  "  PRIMARY KEY (job, scope, id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS family_nameless ON family (job, parent_scope, parent_id, scope, id)",
  "  WHERE named = 0 AND parent_id IS NOT NULL;",
  // Sessions that go with a due one, of a sweep that takes families together.
  // Kept: until the job ends. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS followers (",
  "  job INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  due_scope TEXT NOT NULL,", // the session that is due
  "  due_id TEXT NOT NULL,", // the session that is due
  "  line TEXT NOT NULL,", // from what made it up to the due one, with versions
  "  left_as TEXT,", // how the due one was left
  "  PRIMARY KEY (job, scope, id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS followers_by_due ON followers (job, due_scope, due_id);",
  // Whose a session is that names nobody, so that an erasure finds it when what made it is gone.
  // Kept: until the session is removed, or a complete list does not show it. Personal: pseudonymous.
  "CREATE TABLE IF NOT EXISTS lineage (",
  "  session BLOB PRIMARY KEY,", // 8 bytes of a keyed hash of its id, and 8 of one of its scope and id, of it or of a parent that was removed
  "  people TEXT NOT NULL,", // whom its maker names: types and keyed hashes of 16 bytes
  "  agents TEXT NOT NULL,", // their agents, AES-256-GCM
  "  seen_at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS lineage_by_time ON lineage (seen_at);",
  // Candidates for the newest sessions of each person; for `keep.latest` alone.
  // Kept: until the job ends. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS newest_candidates (",
  "  job INTEGER NOT NULL,",
  "  person TEXT NOT NULL,", // keyed hash
  "  newest_at INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  PRIMARY KEY (job, person, scope, id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS newest_candidates_by_session ON newest_candidates (job, scope, id);",
  "CREATE INDEX IF NOT EXISTS newest_candidates_by_age ON newest_candidates (job, person, newest_at DESC, scope, id);",
  // Sessions due under either of two versions that a preview compares.
  // Kept: as long as the plan of the preview. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS differences (",
  "  job INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  own INTEGER NOT NULL,", // where it stands under the previewed version
  "  other INTEGER NOT NULL,", // where it stands under the other
  "  PRIMARY KEY (job, scope, id)",
  ") WITHOUT ROWID;",
  // The newest sessions of each person; for `keep.latest` alone.
  // Kept: until the job ends. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS newest (",
  "  job INTEGER NOT NULL,",
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  PRIMARY KEY (job, scope, id)",
  ") WITHOUT ROWID;",
  // Removals of many sessions in one call.
  // Kept: until its source has forgotten it, or the job ends. Personal: no.
  "CREATE TABLE IF NOT EXISTS batches (",
  "  batch TEXT PRIMARY KEY,",
  "  job INTEGER NOT NULL,",
  "  seqs TEXT NOT NULL,", // rows of `plan`
  "  answered INTEGER NOT NULL DEFAULT 0", // whether what it came to is stored
  ") WITHOUT ROWID;",
  // When sessions were last active.
  // Kept: until a complete list no longer has the session. Personal: pseudonymous.
  "CREATE TABLE IF NOT EXISTS activity (",
  "  session TEXT PRIMARY KEY,", // keyed hash
  "  active_at INTEGER NOT NULL,",
  "  seen_in INTEGER NOT NULL,",
  "  idle INTEGER NOT NULL DEFAULT 0", // whether its events were read to the end
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS activity_by_selection ON activity (seen_in);",
  // What the hourly count of a policy's version found.
  // Kept: until a week after its last use. Personal: no.
  "CREATE TABLE IF NOT EXISTS forecasts (",
  "  digest TEXT PRIMARY KEY,", // of the version
  "  counted TEXT,", // how many sessions lack a clock, and fall due within a day
  "  swept_at INTEGER,",
  "  used_at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  // Sessions that a sweep could not remove.
  // Kept: a day longer than the rest, which is 10 minutes to a day. Personal: pseudonymous.
  "CREATE TABLE IF NOT EXISTS resting (",
  "  session TEXT PRIMARY KEY,", // keyed hash
  "  until INTEGER NOT NULL,",
  "  times INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS resting_by_end ON resting (until);",
  // Parts of `removals`, of one day each and up to 8,000 rows.
  // Kept: as long as their rows. Personal: no.
  "CREATE TABLE IF NOT EXISTS removal_stretches (",
  "  no INTEGER PRIMARY KEY,",
  "  day INTEGER NOT NULL,", // since 1970
  "  rows INTEGER NOT NULL",
  ");",
  // Sessions that went.
  // Kept: for the 90 days after the day on which it was written, and until the daily clean-up after them. Personal: pseudonymous.
  "CREATE TABLE IF NOT EXISTS removals (",
  "  stretch INTEGER NOT NULL,", // number in `removal_stretches`
  "  session BLOB NOT NULL,", // 16 bytes of a keyed hash
  "  job INTEGER NOT NULL,", // number in `removal_jobs`
  "  disposition TEXT NOT NULL,",
  "  at INTEGER NOT NULL,",
  "  clause INTEGER,",
  "  due_at INTEGER,",
  "  PRIMARY KEY (stretch, session)",
  ") WITHOUT ROWID;",
  // The jobs of `removals` by a small number.
  // Kept: two days longer than their rows. Personal: no.
  "CREATE TABLE IF NOT EXISTS removal_jobs (",
  "  no INTEGER PRIMARY KEY,",
  "  job TEXT NOT NULL UNIQUE,", // id of a sweep or an erasure; empty: a caller of the embedded store
  "  at INTEGER NOT NULL",
  ");",
  // News on its way to the Registrar.
  // Kept: until the Registrar acknowledges it. Personal: no.
  "CREATE TABLE IF NOT EXISTS outbox (",
  "  job TEXT PRIMARY KEY,", // or the source
  "  seq INTEGER NOT NULL,",
  "  news TEXT NOT NULL", // counts and statuses
  ") WITHOUT ROWID;",
  // The pace of the source, and what it was asked.
  // Kept: for good, one row. Personal: no.
  "CREATE TABLE IF NOT EXISTS pace (",
  "  one INTEGER PRIMARY KEY CHECK (one = 1),",
  "  state TEXT NOT NULL,", // the token bucket, the rate that 429s taught, the window, the breaker, when the budget of each policy is paid
  "  totals TEXT NOT NULL", // calls by status, throttled time
  ");",
  // The copy of holds and switch that this Custodian obeys.
  // Kept: until the next version; a hold leaves it when it is released or has ended. Personal: yes, while a hold stands.
  "CREATE TABLE IF NOT EXISTS restraints (",
  "  one INTEGER PRIMARY KEY CHECK (one = 1),",
  "  copy TEXT NOT NULL", // its stamp; of a hold: its id, its selector with the identifiers, ids or metadata values that it names, its end, its `public_reason`
  ");",
  // Sessions that plans left out because of a hold: of each hold at most 100.
  // Kept: until the hold is over. Personal: session ids.
  "CREATE TABLE IF NOT EXISTS held_back (",
  "  hold TEXT NOT NULL,", // id
  "  scope TEXT NOT NULL,",
  "  id TEXT NOT NULL,",
  "  job TEXT NOT NULL,", // id of the sweep or erasure that was the first to leave it within an hour
  "  at INTEGER NOT NULL,",
  "  PRIMARY KEY (hold, scope, id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS held_back_by_time ON held_back (hold, at);",
  // Finished and lost jobs.
  // Kept: 45 days, longer than an object can be restored to. Personal: no.
  "CREATE TABLE IF NOT EXISTS done (",
  "  id TEXT PRIMARY KEY,",
  "  at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS done_by_time ON done (at);",
  // The source's name, the number of the last news, how many sessions it held when last read (or at least how many) and when, how far the turns of its jobs have come.
  // Kept: for good. Personal: no.
  "CREATE TABLE IF NOT EXISTS facts (",
  "  name TEXT PRIMARY KEY,",
  "  value TEXT NOT NULL",
  ") WITHOUT ROWID;",
  // When the alarm has to do something.
  // Kept: until it is due. Personal: no.
  "CREATE TABLE IF NOT EXISTS timers (",
  "  name TEXT PRIMARY KEY,", // of a job, or `outbox`, `recover`, `removals`
  "  at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
].join("\n");

/** Makes the tables that are not there yet. */
export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}

/** Rows dropped by one statement: a few milliseconds. */
const DROP = 2000;

/** What a job needs while it makes its plan, and what tells the rows of each apart within it. */
const SCRATCH = {
  staged: "place, scope, id",
  children: "parent_scope, parent_id, scope, id",
  family: "scope, id",
  followers: "scope, id",
  newest_candidates: "person, scope, id",
  newest: "scope, id",
} as const;

const ALL: Readonly<Record<string, string>> = {
  ...SCRATCH,
  plan: "seq",
  differences: "scope, id",
  batches: "batch",
};

/** Which rows of a job: of all tables, of those that its plan was made from, or of one of these. */
export type RowsOf = "all" | "scratch" | keyof typeof SCRATCH;

/**
 * Drops rows that name sessions of a job, so many at a time; true when there may be more. Under the
 * negative number of a job stand the candidates of the version that it is compared with.
 */
export function dropRowsOf(sql: SqlStorage, job: number, what: RowsOf = "all"): boolean {
  const tables = what === "all" ? ALL : SCRATCH;
  const dropped = Object.entries(tables).filter(
    ([table]) => what === "all" || what === "scratch" || what === table,
  );
  for (const [table, key] of dropped) {
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

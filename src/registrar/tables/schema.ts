/** The tables of the Registrar. docs/STORAGE.md is made from the comments. */
const TABLES = [
  // Sweeps and previews, with their reports.
  // Kept: `REPORTS_KEPT` (90 days) after it began, if it has ended; a tick removes up to 500, or two for each policy. Personal: key names.
  "CREATE TABLE IF NOT EXISTS sweeps (",
  "  id TEXT PRIMARY KEY,",
  "  policy TEXT NOT NULL,",
  "  source TEXT NOT NULL,",
  "  status TEXT NOT NULL,",
  "  trigger TEXT NOT NULL,",
  "  tick INTEGER,", // the time that started it
  "  removed INTEGER NOT NULL DEFAULT 0,", // 1: it removed something
  "  seq INTEGER NOT NULL DEFAULT 0,", // number of its last news
  "  report TEXT NOT NULL,", // counts, the policy's `note`, its scopes, who started, joined, approved and cancelled it, ids of up to 20 sessions that could not be read
  "  created_at INTEGER NOT NULL,",
  "  ended INTEGER NOT NULL DEFAULT 0",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS sweeps_of_policy ON sweeps (policy, id);",
  "CREATE INDEX IF NOT EXISTS sweeps_listed ON sweeps (id, policy, source, status, trigger, removed);",
  "CREATE INDEX IF NOT EXISTS sweeps_of_tick ON sweeps (policy, tick) WHERE tick IS NOT NULL;",
  "CREATE INDEX IF NOT EXISTS sweeps_active ON sweeps (ended, policy) WHERE ended = 0;",
  "CREATE INDEX IF NOT EXISTS sweeps_ended ON sweeps (created_at) WHERE ended = 1;",
  // Sweeps of ticks that found nothing due, and for which a later one stands.
  // Kept: a day after it began; a tick removes up to 500, or two for each policy. Personal: no.
  "CREATE TABLE IF NOT EXISTS folded_sweeps (",
  "  id TEXT PRIMARY KEY,",
  "  policy TEXT NOT NULL,",
  "  tick INTEGER,",
  "  report TEXT NOT NULL,", // as in `sweeps`
  "  created_at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS folded_sweeps_by_tick ON folded_sweeps (policy, tick);",
  "CREATE INDEX IF NOT EXISTS folded_sweeps_by_time ON folded_sweeps (created_at);",
  // Erasures, with their reports.
  // Kept: for good; **`identifiers` become null when the erasure ends**. Personal: yes, until it ends; then key names.
  "CREATE TABLE IF NOT EXISTS erasures (",
  "  id TEXT PRIMARY KEY,",
  "  status TEXT NOT NULL,",
  "  ended INTEGER NOT NULL DEFAULT 0,",
  "  reference TEXT,", // yours, as in the report
  "  identifiers TEXT,",
  "  report TEXT NOT NULL,", // types, `sources` and `scopes` as asked, counts, times, your `reference`, who started it (key or hook name), approved and cancelled it
  "  state TEXT NOT NULL,",
  "  due_at INTEGER", // when its regulation wants it done; null for a dry run
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS erasures_active ON erasures (status) WHERE identifiers IS NOT NULL;",
  "CREATE INDEX IF NOT EXISTS erasures_by_due ON erasures (due_at) WHERE identifiers IS NOT NULL;",
  "CREATE INDEX IF NOT EXISTS erasures_of_status ON erasures (status, id);",
  "CREATE INDEX IF NOT EXISTS erasures_of_reference ON erasures (reference, id) WHERE reference IS NOT NULL;",
  "CREATE INDEX IF NOT EXISTS erasures_listed ON erasures (id, status, ended, due_at);",
  // One source's part of an erasure.
  // Kept: for good. Personal: no.
  "CREATE TABLE IF NOT EXISTS erasure_parts (",
  "  erasure TEXT NOT NULL,",
  "  source TEXT NOT NULL,",
  "  seq INTEGER NOT NULL DEFAULT 0,",
  "  part TEXT NOT NULL,", // counts, times, ids of up to 20 sessions that could not be read
  "  PRIMARY KEY (erasure, source)",
  ") WITHOUT ROWID;",
  // Commands on their way to a Custodian.
  // Kept: until acknowledged. Personal: yes, for that long.
  "CREATE TABLE IF NOT EXISTS commands (",
  "  no INTEGER PRIMARY KEY,",
  "  source TEXT NOT NULL,",
  "  command TEXT NOT NULL", // an erasure's start holds its identifiers
  ");",
  // Holds.
  // Kept: for good; **`selector`, the session ids of `late` and that of `target` go when the hold is released or has ended**. Personal: yes, while it stands; then key names, owner.
  "CREATE TABLE IF NOT EXISTS holds (",
  "  id TEXT PRIMARY KEY,",
  "  version INTEGER NOT NULL,",
  "  reference TEXT,", // yours
  "  hold TEXT NOT NULL,", // ground, owner, reason, who placed and released it, warnings
  "  selector TEXT,", // identifiers, a session id or metadata values
  "  target TEXT NOT NULL,", // the same without values
  "  ends_at INTEGER,",
  "  review_at INTEGER NOT NULL,",
  "  late TEXT NOT NULL,", // ids of sessions that went before it was in force
  "  over_in INTEGER",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS holds_standing ON holds (id) WHERE over_in IS NULL;",
  "CREATE INDEX IF NOT EXISTS holds_of_reference ON holds (reference, id) WHERE reference IS NOT NULL;",
  // Who did what.
  // Kept: about erasures and holds for good; the rest for `REPORTS_KEPT`, a tick removes up to 500, or two for each policy. Personal: key names.
  "CREATE TABLE IF NOT EXISTS activity (",
  "  id TEXT PRIMARY KEY,",
  "  at INTEGER NOT NULL,",
  "  actor TEXT,", // a key or hook name; null: it came by itself
  "  kind TEXT NOT NULL,",
  "  object TEXT NOT NULL,", // the id of a sweep, an erasure or a hold, or the name of a policy or a source
  "  code TEXT,",
  "  for_good INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS activity_of_actor ON activity (actor, id);",
  "CREATE INDEX IF NOT EXISTS activity_of_kind ON activity (kind, id);",
  "CREATE INDEX IF NOT EXISTS activity_of_object ON activity (object, id);",
  "CREATE INDEX IF NOT EXISTS activity_that_goes ON activity (id) WHERE for_good = 0;",
  // The switch.
  // Kept: until the pause ends. Personal: key names, session ids.
  "CREATE TABLE IF NOT EXISTS pauses (",
  "  target TEXT PRIMARY KEY,", // a source, or empty for all
  "  pause TEXT NOT NULL,", // until when, by whom, why
  "  late TEXT NOT NULL", // ids of sessions that went before it was obeyed
  ") WITHOUT ROWID;",
  // Who turned the switch.
  // Kept: the last 100 turns. Personal: key names.
  "CREATE TABLE IF NOT EXISTS switch_turns (",
  "  no INTEGER PRIMARY KEY,",
  "  turn TEXT NOT NULL", // the source, on or off, until when, why, by which key, when
  ");",
  // Which version of holds and switch each Custodian obeys.
  // Kept: for good. Personal: no.
  "CREATE TABLE IF NOT EXISTS restraint_acks (",
  "  source TEXT PRIMARY KEY,",
  "  version INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  // Idempotency keys and what they answered.
  // Kept: 24 hours. Personal: key names.
  "CREATE TABLE IF NOT EXISTS idempotency (",
  "  owner TEXT NOT NULL,", // key name
  "  idempotency_key TEXT NOT NULL,",
  "  body_hash TEXT NOT NULL,", // keyed hash
  "  answer TEXT NOT NULL,", // an id, or a count
  "  expires_at INTEGER NOT NULL,",
  "  PRIMARY KEY (owner, idempotency_key)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS idempotency_by_end ON idempotency (expires_at);",
  // Webhook deliveries that were taken.
  // Kept: 30 days. Personal: no.
  "CREATE TABLE IF NOT EXISTS deliveries (",
  "  hook TEXT NOT NULL,",
  "  webhook_id TEXT NOT NULL,",
  "  body_hash TEXT NOT NULL,", // keyed hash
  "  erasure TEXT NOT NULL,",
  "  at INTEGER NOT NULL,",
  "  PRIMARY KEY (hook, webhook_id)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (hook, at);",
  // Every version of each policy.
  // Kept: the last 1000 of each policy, and the last that ran live. Personal: key names; else as the policy itself.
  "CREATE TABLE IF NOT EXISTS policy_versions (",
  "  policy TEXT NOT NULL,",
  "  no INTEGER NOT NULL,",
  "  digest TEXT,", // null: removed
  "  document TEXT,", // null: removed
  "  writer TEXT,", // key name; null: KV
  "  via TEXT NOT NULL,", // `api` or `kv`
  "  at INTEGER NOT NULL,",
  "  written_at INTEGER NOT NULL DEFAULT 0,", // when its key last wrote it
  "  missing_since INTEGER,", // since when KV has shown nothing
  "  missing_at INTEGER,", // when KV last did not show it
  "  trusted_at INTEGER,", // when a plan of it that was not empty first removed on this account
  "  trusted_by TEXT,", // who approved
  "  trusted_on TEXT,", // a keyed hash of the account
  "  PRIMARY KEY (policy, no)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS policy_versions_by_digest ON policy_versions (policy, digest, no);",
  // The last minute of each schedule that was served.
  // Kept: until the policy is off or gone. Personal: no.
  "CREATE TABLE IF NOT EXISTS schedule_marks (",
  "  policy TEXT PRIMARY KEY,",
  "  schedule TEXT NOT NULL,",
  "  minute INTEGER NOT NULL", // the last one served
  ") WITHOUT ROWID;",
  // Counters of `/metrics`.
  // Kept: for good; those of a policy that runs no more, until `REPORTS_KEPT` after they last rose. Personal: no.
  "CREATE TABLE IF NOT EXISTS counters (",
  "  name TEXT NOT NULL,",
  "  labels TEXT NOT NULL,", // source, policy, and a disposition, a status or an outcome
  "  total INTEGER NOT NULL,",
  "  at INTEGER NOT NULL,",
  "  PRIMARY KEY (name, labels)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS counters_by_time ON counters (at);",
  // What became of planned sessions, by the day in UTC that the Registrar learnt of it.
  // Kept: `REPORTS_KEPT`. Personal: no.
  "CREATE TABLE IF NOT EXISTS removals_by_day (",
  "  day TEXT NOT NULL,",
  "  policy TEXT NOT NULL,", // empty: an erasure
  "  source TEXT NOT NULL,",
  "  clause TEXT NOT NULL,", // clock and duration, such as `expires_at PT15M`; empty: an erasure
  "  disposition TEXT NOT NULL,",
  "  count INTEGER NOT NULL,",
  "  PRIMARY KEY (day, policy, source, clause, disposition)",
  ") WITHOUT ROWID;",
  // The same of each policy by the hour, for its state.
  // Kept: 7 days. Personal: no.
  "CREATE TABLE IF NOT EXISTS removals_by_hour (",
  "  policy TEXT NOT NULL,",
  "  hour INTEGER NOT NULL,", // hours since 1970
  "  disposition TEXT NOT NULL,",
  "  count INTEGER NOT NULL,",
  "  PRIMARY KEY (policy, hour, disposition)",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS removals_by_hour_age ON removals_by_hour (hour);",
  // How each source stood at its last slice.
  // Kept: for good, one row a source. Personal: no.
  "CREATE TABLE IF NOT EXISTS readings (",
  "  source TEXT PRIMARY KEY,",
  "  seq INTEGER NOT NULL,",
  "  reading TEXT NOT NULL,", // calls by status, rests, breaker, pace
  "  open_since INTEGER,", // since when its breaker is open
  "  at INTEGER NOT NULL,", // when it was told
  "  answered_at INTEGER", // when its answered calls last rose
  ") WITHOUT ROWID;",
  // Events for the callback.
  // Kept: `body` until it is delivered, or 3 days; the rest a day. Personal: no.
  "CREATE TABLE IF NOT EXISTS callbacks (",
  "  id TEXT PRIMARY KEY,",
  "  type TEXT NOT NULL,",
  "  about TEXT NOT NULL,", // a job, or a source and a policy
  "  body TEXT NOT NULL,", // names, counts
  "  created_at INTEGER NOT NULL,",
  "  due_at INTEGER,",
  "  tries INTEGER NOT NULL",
  ") WITHOUT ROWID;",
  "CREATE INDEX IF NOT EXISTS callbacks_about ON callbacks (type, about);",
  "CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (due_at) WHERE due_at NOT NULL;",
  // Gauges of `/metrics` for each policy.
  // Kept: while the policy runs. Personal: no.
  "CREATE TABLE IF NOT EXISTS gauges (",
  "  policy TEXT PRIMARY KEY,",
  "  source TEXT NOT NULL,",
  "  since INTEGER NOT NULL,",
  "  completed_at INTEGER,",
  "  ended_as TEXT,",
  "  backlog TEXT,", // counts and the oldest due time
  "  lag TEXT,",
  "  undated_since INTEGER,", // since when many of its sessions have no readable date
  "  nobody INTEGER NOT NULL DEFAULT 0,", // sweeps in a row that selected no session
  "  nobody_since INTEGER",
  ") WITHOUT ROWID;",
  // The last tick of the cron, the pause before it, how long after one the next is missing and since when it is, policy problems, the health of each source, the version and stamp of holds and switch.
  // Kept: for good. Personal: no.
  "CREATE TABLE IF NOT EXISTS facts (",
  "  name TEXT PRIMARY KEY,",
  "  value TEXT NOT NULL",
  ") WITHOUT ROWID;",
  // When the alarm has to do something.
  // Kept: until it is due. Personal: no.
  "CREATE TABLE IF NOT EXISTS timers (",
  "  name TEXT PRIMARY KEY,",
  "  at INTEGER NOT NULL",
  ") WITHOUT ROWID;",
].join("\n");

/** Makes the tables that are not there yet. */
export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}

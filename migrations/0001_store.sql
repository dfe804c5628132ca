-- The embedded store. Clocks are epoch milliseconds, rounded up; null means undated.
-- Every write raises `version`. Records hold the wire form as it was given, without the token.

-- Client sessions.
-- Kept: until a policy, an erasure or a caller removes it. Personal: yes.
CREATE TABLE client_sessions (
  workspace_id TEXT NOT NULL,
  client_session_id TEXT NOT NULL,
  created_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER,
  user_identifier_key TEXT,
  token_hash TEXT, -- keyed hash
  token_sealed TEXT, -- AES-256-GCM
  version INTEGER NOT NULL DEFAULT 1,
  record TEXT NOT NULL, -- the wire form, with `"token": null` where it has a token
  PRIMARY KEY (workspace_id, client_session_id)
) WITHOUT ROWID;

-- The indices of the clocks cover what a sweep selects: keyset order by clock and key, then the rest.
CREATE INDEX client_sessions_by_expiry
  ON client_sessions (expires_at, workspace_id, client_session_id, created_at, version);
CREATE INDEX client_sessions_by_age
  ON client_sessions (created_at, workspace_id, client_session_id, expires_at, version);
CREATE INDEX client_sessions_by_person ON client_sessions (workspace_id, user_identifier_key, created_at)
  WHERE user_identifier_key IS NOT NULL;
CREATE UNIQUE INDEX client_sessions_by_token ON client_sessions (token_hash)
  WHERE token_hash IS NOT NULL;

-- Agents.
-- Kept: until a caller removes it, which is possible only without sessions. Personal: no.
CREATE TABLE agents (
  agent_key TEXT PRIMARY KEY NOT NULL,
  created_at INTEGER,
  record TEXT NOT NULL -- the wire form
) WITHOUT ROWID;

-- Agent sessions.
-- Kept: until a policy, an erasure or a caller removes it. Personal: yes.
CREATE TABLE agent_sessions (
  agent_key TEXT NOT NULL,
  session_key TEXT NOT NULL,
  created_at INTEGER,
  last_active_at INTEGER, -- null if the time of any imported event could not be read
  parent_agent_key TEXT, -- who made it
  parent_session_key TEXT, -- who made it
  version INTEGER NOT NULL DEFAULT 1,
  record TEXT NOT NULL, -- the wire form
  busy INTEGER NOT NULL DEFAULT 0, -- 1: its status is neither `unstarted` nor `stopped`
  PRIMARY KEY (agent_key, session_key)
) WITHOUT ROWID;

-- An agent session in use is not due, so the indices of the clocks cover its state, too.
CREATE INDEX agent_sessions_by_activity
  ON agent_sessions (last_active_at, agent_key, session_key, created_at, version, busy);
CREATE INDEX agent_sessions_by_age
  ON agent_sessions (created_at, agent_key, session_key, last_active_at, version, busy);
-- Whom a session made: a sweep asks it of each parent that is due, and a removal of one.
CREATE INDEX agent_sessions_by_parent
  ON agent_sessions (parent_agent_key, parent_session_key, agent_key, session_key)
  WHERE parent_session_key IS NOT NULL;

-- Events of agent sessions.
-- Kept: goes with its session, in the same transaction. Personal: yes.
CREATE TABLE agent_events (
  agent_key TEXT NOT NULL,
  session_key TEXT NOT NULL,
  event_id TEXT NOT NULL,
  created_at INTEGER,
  record TEXT NOT NULL, -- the wire form
  PRIMARY KEY (agent_key, session_key, event_id)
) WITHOUT ROWID;

-- What each removal of many did, so that it is known exactly after a crash.
-- Kept: until the next batch of its job, or the end of its removals; one that removed nothing stays a day as a fence. A job whose source is taken away in the middle leaves its last one. Personal: no.
CREATE TABLE removal_batches (
  batch_id TEXT PRIMARY KEY NOT NULL,
  removed TEXT NOT NULL, -- numbers of plan rows, no ids
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

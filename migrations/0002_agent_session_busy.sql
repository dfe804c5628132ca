-- An agent session in use is not due; one whose record is not JSON counts as in use. The state is kept beside the record, and the indices of the clocks cover it.

ALTER TABLE agent_sessions ADD COLUMN busy INTEGER NOT NULL DEFAULT 0; -- 1: its status is neither `unstarted` nor `stopped`

UPDATE agent_sessions SET busy = 1, version = version + 1
WHERE CASE WHEN json_valid(record)
  THEN coalesce(record ->> '$.status', 'stopped') NOT IN ('unstarted', 'stopped')
  ELSE 1 END;

DROP INDEX agent_sessions_by_activity;
CREATE INDEX agent_sessions_by_activity
  ON agent_sessions (last_active_at, agent_key, session_key, created_at, version, busy);
DROP INDEX agent_sessions_by_age;
CREATE INDEX agent_sessions_by_age
  ON agent_sessions (created_at, agent_key, session_key, last_active_at, version, busy);

-- Whom a session made: a sweep asks it of each parent that is due, and a removal of one.
CREATE INDEX agent_sessions_by_parent
  ON agent_sessions (parent_agent_key, parent_session_key, agent_key, session_key)
  WHERE parent_session_key IS NOT NULL;

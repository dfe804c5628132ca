import { freeze, type Rule } from "../../src/core/rule/due.ts";
import { Policy } from "../../src/core/policy/policy.ts";
import type { Session } from "../../src/core/session/session.ts";

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 22, 7);
export const YEAR_2015 = Date.UTC(2015, 0, 1);
export const YEAR_2100 = Date.UTC(2100, 0, 1);

export function policy(fields: Record<string, unknown>): Policy {
  return Policy.parse({ source: "agent_sessions", ...fields });
}

export function rule(fields: Record<string, unknown>, cutoff = NOW): Rule {
  return freeze(policy(fields), cutoff);
}

export function session(fields: Partial<Session> = {}): Session {
  return {
    scope: "agt_1",
    id: "ase_1",
    clocks: { created_at: NOW - 400 * DAY },
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version: 0,
    metadata: null,
    ...fields,
  };
}

import { between, hex8, iso, pick, type Dice } from "./dice.ts";

/** One agent session with its events, as a line of an import. */
export interface AgentRecord {
  readonly source: "agent_sessions";
  readonly session: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AGENTS = ["customer_support", "booking", "concierge", "billing", "maintenance"] as const;

/** The agent session of the documents, with time left. */
export function documentAgentSession(now: number): AgentRecord {
  return agentRecord(
    { agent: "agt_customer_support", key: "ase_customer_support_001", person: "jane_doe" },
    now - 3 * DAY,
    [now - 3 * DAY + 60_000, now - 2 * DAY],
    "aev_customer_support_001",
  );
}

/** An agent session of a person: stale, going stale while you watch, or in use. */
export function demoAgentSession(
  index: number,
  person: string,
  now: number,
  dice: Dice,
): AgentRecord {
  const { createdAt, lastActiveAt } = agentClocks(now, dice);
  const agent = `agt_${pick(dice, AGENTS)}`;
  const count = Math.floor(dice() * 6);
  // Without an event the creation is the last sign of life.
  const earlier = Array.from({ length: Math.max(0, count - 1) }, () =>
    between(dice, createdAt, lastActiveAt),
  );
  const events = count === 0 ? [] : [...earlier.toSorted((a, b) => a - b), lastActiveAt];
  return agentRecord(
    { agent, key: `ase_demo_${String(index).padStart(5, "0")}`, person },
    count === 0 ? lastActiveAt : createdAt,
    events,
    `aev_${hex8(dice)}`,
  );
}

function agentClocks(now: number, dice: Dice): { createdAt: number; lastActiveAt: number } {
  const fate = dice();
  if (fate < 0.02) {
    return {
      createdAt: now - between(dice, 367, 600) * DAY,
      lastActiveAt: now - between(dice, 0, 20) * DAY,
    };
  }
  const lastActiveAt =
    fate < 0.36
      ? now - 30 * DAY - HOUR - dice() ** 2 * 250 * DAY
      : fate < 0.42
        ? now - 30 * DAY + dice() * 2 * HOUR
        : now - dice() * 29 * DAY;
  return { createdAt: lastActiveAt - dice() * 20 * DAY, lastActiveAt };
}

function agentRecord(
  { agent, key, person }: { agent: string; key: string; person: string },
  createdAt: number,
  eventTimes: readonly number[],
  eventPrefix: string,
): AgentRecord {
  return {
    source: "agent_sessions",
    session: {
      key,
      agent_key: agent,
      name: `Conversation ${key.slice(4)}`,
      metadata: { user_identifier_key: person, channel: "app" },
      enabled: true,
      tti_minutes: 0,
      created_at: iso(createdAt),
    },
    events: eventTimes.map((at, order) => ({
      id: `${eventPrefix}_${order}`,
      session_key: key,
      type: order % 2 === 0 ? "input_message" : "agent_output",
      content: order % 2 === 0 ? "My door code does not work." : "I have sent you a new one.",
      created_at: iso(at),
    })),
  };
}

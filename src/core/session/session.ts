/** The timestamps a rule can count from. */
export const CLOCKS = ["expires_at", "last_active_at", "created_at"] as const;
export type Clock = (typeof CLOCKS)[number];

/** Epoch milliseconds; null when the clock is missing, unreadable or absurd. */
export type Instant = number | null;

export type Scalar = string | number | boolean;

/** Where a session is found inside its source. */
export interface SessionRef {
  /** The workspace of a client session, the agent of an agent session. */
  readonly scope: string;
  readonly id: string;
}

/** One field that names a person, with every value it holds. */
export interface PersonField {
  readonly type: string;
  readonly values: readonly Scalar[];
}

/** One client or agent session in the form that rules are applied to, whatever its provider. */
export interface Session extends SessionRef {
  readonly clocks: Readonly<Partial<Record<Clock, Instant>>>;
  /**
   * False while `last_active_at` is only a lower bound: the source tells activity session by session,
   * and nobody has asked yet. Nothing is due by a clock that has not been read.
   */
  readonly activity_read: boolean;
  /** In use now: never due. */
  readonly busy: boolean;
  readonly person: readonly PersonField[];
  /** The session whose agent made this one. */
  readonly parent: SessionRef | null;
  /** Nobody can say whose it is, because what made it was gone before it was ever seen; absent: nobody looked. */
  readonly orphan?: boolean;
  /** A session that it has made, and that names nobody, stays: where a list was asked to tell. */
  readonly children_stay?: boolean;
  /** Raised by every write; 0 where the provider keeps no version. */
  readonly version: number;
  /** What a policy's `match.metadata` looks at; null where the provider has none. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

// Absent is an older server. A state that nobody has told us of may mean "in use".
const IDLE_STATES: ReadonlySet<unknown> = new Set([undefined, null, "unstarted", "stopped"]);

/** Whether an agent session in such a state is in use, as far as anybody can tell. */
export function isBusyState(status: unknown): boolean {
  return !IDLE_STATES.has(status);
}

import type { SweepNews } from "../../src/contract/custodian.ts";
import type { SourceConfig } from "../../src/sources/provider.ts";
import type { Source } from "../../src/sources/source.ts";
import { openSeam, SEAM_LIMITS, type SeamLimits } from "../../src/sources/seam/source.ts";
import { VECTARA_OPTIONS } from "../../src/sources/vectara/client.ts";
import { openVectara } from "../../src/sources/vectara/provider.ts";
import type { EffectRule, FaultRule } from "../fakes/faults.ts";
import type { ListFaults } from "../fakes/lists.ts";
import type { FakeClient } from "./fake_client.ts";
import { inCustodian, type Harness } from "./sweep_harness.ts";

/** When every first sweep of these tests takes place, by the clock of its harness. */
export const NOW = Date.UTC(2026, 7, 1);
const DAY = 86_400_000;
const WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

/** A session by number; `clock` is what its provider says of its last sign of life, whatever that is. */
export interface Seed {
  readonly n: number;
  readonly clock: unknown;
  /** Vectara: the agent it belongs to. */
  readonly agent?: string;
  /** More fields of its document. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A session that somebody's call removed, as it was at that time. */
interface Removed {
  readonly id: string;
  readonly clock: unknown;
}

/** A provider behind its fake. */
export interface Provider {
  readonly name: string;
  /** The clock that these tests judge by. */
  readonly clock: string;
  readonly fake: FakeClient;
  open(harness: Harness, limits?: Limits): Source;
  id(n: number): string;
  seed(sessions: readonly Seed[]): Promise<void>;
  /** Everything that is there. */
  left(): Promise<string[]>;
  removed(): Promise<Removed[]>;
  /** A change of a session's clock, as its application would make it. */
  renewal(n: number, at: string): EffectRule["effect"];
  /** A session comes back under its id; `at` is its new clock, null its old one. */
  returning(n: number, at: string | null): EffectRule["effect"][];
  /** What a call of a list, of a removal looks like. */
  readonly list: Readonly<{ method: string; path: string }>;
  removal(n: number): Readonly<{ method: string; path?: string; id: string }>;
}

/** Limits under which what never ends is given up soon. */
interface Limits {
  readonly pages?: number;
  readonly list_ms?: number;
}

/** A time so many days before the first sweep, as providers write it. */
export function daysAgo(days: number): string {
  return new Date(NOW - days * DAY).toISOString();
}

function configOf(name: string, fake: FakeClient, credential: string): SourceConfig {
  return {
    name,
    provider: name === "client_sessions" ? "seam" : "vectara",
    kind: name === "client_sessions" ? "client_sessions" : "agent_sessions",
    endpoint: fake.url,
    credential,
    per_second: null,
    settle_seconds: 0,
    person_paths: ["user_id"],
    shared_children: false,
  };
}

export function seamProvider(fake: FakeClient): Provider {
  const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  return {
    name: "seam",
    clock: "expires_at",
    fake,
    open(harness, { list_ms: ms } = {}) {
      const list = ms === undefined ? SEAM_LIMITS.list : { ...SEAM_LIMITS.list, total_ms: ms };
      const limits: SeamLimits = { ...SEAM_LIMITS, list };
      const config = configOf("client_sessions", fake, "seam_test_fake_key");
      return openSeam(config, { now: () => harness.now }, limits);
    },
    id,
    async seed(sessions) {
      await fake.seed({
        raw: true,
        owner: WORKSPACE,
        sessions: sessions.map(({ n, clock, more }) => ({
          client_session_id: id(n),
          workspace_id: WORKSPACE,
          created_at: daysAgo(400),
          expires_at: clock,
          ...more,
        })),
      });
    },
    async left() {
      const { rows } = (await fake.state({ full: "1" })) as {
        rows: { session: { client_session_id: string } }[];
      };
      return rows.map(({ session }) => session.client_session_id).toSorted();
    },
    async removed() {
      const { removals } = (await fake.state({ full: "1" })) as {
        removals: { session: { client_session_id: string; expires_at: unknown } }[];
      };
      return removals.map(({ session }) => ({
        id: session.client_session_id,
        clock: session.expires_at,
      }));
    },
    renewal: (n, at) => ({ do: "set", id: id(n), fields: { expires_at: at } }),
    returning: (n, at) => [
      { do: "restore", id: id(n), fields: at === null ? {} : { expires_at: at } },
    ],
    list: { method: "POST", path: "/client_sessions/list" },
    removal: (n) => ({ method: "POST", path: "/client_sessions/delete", id: id(n) }),
  };
}

export function vectaraProvider(fake: FakeClient): Provider {
  const id = (n: number): string => `ase_${n}`;
  const renewal = (n: number, at: string): EffectRule["effect"] => ({
    do: "add_event",
    agent_key: "agt_a",
    id: id(n),
    event: { id: `aev_${n}_${at}`, type: "agent_output", created_at: at },
  });
  return {
    name: "vectara",
    clock: "last_active_at",
    fake,
    open(harness, { pages } = {}) {
      const config = configOf("agent_sessions", fake, "zut_fake_key");
      const options = pages === undefined ? {} : { max_pages: pages };
      return openVectara(config, { now: () => harness.now }, { ...VECTARA_OPTIONS, ...options });
    },
    id,
    async seed(sessions) {
      await fake.seed({
        agents: [...new Set(sessions.map(({ agent = "agt_a" }) => agent))].map((key) => ({ key })),
        sessions: sessions.map(({ n, clock, agent = "agt_a", more }) => ({
          key: id(n),
          agent,
          agent_key: agent,
          raw: true,
          created_at: daysAgo(400),
          events: [{ id: `aev_${n}`, session_key: id(n), type: "agent_output", created_at: clock }],
          ...more,
        })),
      });
    },
    async left() {
      const { agents } = (await fake.state({ full: "1" })) as {
        agents: Record<string, { rows: { session: { key: string } }[] }>;
      };
      return Object.values(agents)
        .flatMap(({ rows }) => rows.map(({ session }) => session.key))
        .toSorted();
    },
    async removed() {
      const { removals } = (await fake.state({ full: "1" })) as {
        removals: { session: { key: string }; events: { created_at: unknown }[] }[];
      };
      return removals.map(({ session, events }) => ({
        id: session.key,
        clock: events.at(-1)?.created_at,
      }));
    },
    renewal,
    returning: (n, at) => [
      { do: "restore", agent_key: "agt_a", id: id(n) },
      ...(at === null ? [] : [renewal(n, at)]),
    ],
    list: { method: "GET", path: "^/v2/agents/[^/]+/sessions\\?" },
    removal: (n) => ({ method: "DELETE", id: id(n) }),
  };
}

/** What goes wrong at a provider during one sweep. */
export interface Course {
  readonly lists?: ListFaults;
  readonly options?: object;
  readonly faults?: readonly FaultRule[];
  readonly effects?: readonly EffectRule[];
  readonly policy?: object;
  readonly limits?: Limits;
}

/** A sweep under a course, and another one two days later, when the provider is sound again. */
export interface Outcome {
  readonly first: SweepNews;
  readonly later: SweepNews;
  readonly left_at_first: readonly string[];
  readonly left: readonly string[];
  readonly removed: readonly Removed[];
}

/** Runs both sweeps over what has been seeded. The clock of each is a month, so two days change nothing. */
export async function runCourse(provider: Provider, course: Course): Promise<Outcome> {
  const { fake } = provider;
  const outcomes: Outcome[] = [];
  const policy = {
    expire: [{ clock: provider.clock, after: "P30D" }],
    brake: { percent: 100 },
    verify: 0,
    ...course.policy,
  };
  await inCustodian(
    (harness) => provider.open(harness, course.limits),
    async (harness) => {
      harness.fetch = async (input, init) => fetch(input, init);
      await fake.configure({ ...course.options, lists: course.lists ?? {} });
      await fake.faults(...(course.faults ?? []));
      await fake.effects(...(course.effects ?? []));
      harness.start("swp_1", policy);
      await harness.run();
      const leftAtFirst = await provider.left();
      await clearFaults(fake);
      harness.now += 2 * DAY;
      harness.start("swp_2", policy);
      await harness.run();
      if (harness.broken.length > 0) {
        throw new Error("a step threw", { cause: harness.broken[0] });
      }
      outcomes.push({
        first: harness.news("swp_1"),
        later: harness.news("swp_2"),
        left_at_first: leftAtFirst,
        left: await provider.left(),
        removed: await provider.removed(),
      });
    },
  );
  const [outcome] = outcomes;
  if (outcome === undefined) {
    throw new Error("the sweeps did not run");
  }
  return outcome;
}

async function clearFaults(fake: FakeClient): Promise<void> {
  await fake.configure({ lists: {} });
  const answer = await fetch(`${fake.url}/_fake/faults`, {
    method: "POST",
    body: JSON.stringify({ clear: true }),
  });
  await answer.body?.cancel();
}

/** Whether a clock, as its provider wrote it, makes a session due: by nothing that Lethe is made of. */
export function isDue(clock: unknown): boolean {
  if (typeof clock !== "string") {
    return false;
  }
  const at = Date.parse(clock);
  const year = new Date(at).getUTCFullYear();
  return year >= 2015 && year < 2100 && at <= NOW - 30 * DAY;
}

/** How many planned sessions a report accounts for. */
export function accounted({ dispositions }: SweepNews): number {
  return Object.values(dispositions).reduce((sum, n) => sum + n, 0);
}

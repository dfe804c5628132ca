import type { Policy } from "../../src/core/policy/policy.ts";
import type { SessionRef } from "../../src/core/session/session.ts";
import type { Dice } from "./dice.ts";
import { importEmbedded } from "./embedded.ts";
import type { Sharing } from "./family.ts";
import { A, B, nameOf, START, type ChaosWorld, type Found } from "./world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const PEOPLE = ["p0", "p1", "p2", "p3"];

const iso = (at: number): string => new Date(Math.floor(at)).toISOString();

/** A new agent session: of somebody, or made by one that is there, which that session has done just now. */
export async function bear(world: ChaosWorld, dice: Dice, parent: Found | null): Promise<string> {
  const source = parent?.source ?? "agent_sessions";
  const [agent, key] = [dice.pick(["a", "b"]), `ase_new_${dice.below(1_000_000_000)}`];
  const maker = parent === null ? null : { agent: parent.scope, key: parent.id };
  const person = maker === null ? dice.pick(PEOPLE) : null;
  const session = agentRecord(key, world.now, person, maker, "stopped");
  if (world.seam === null) {
    const line = { source, session: { ...session, agent_key: agent }, events: [] };
    await importEmbedded([line], world.now);
  } else {
    world.vectara.find((one) => one.source === source)?.add(agent, session, []);
  }
  if (parent !== null) {
    await world.use(parent);
  }
  return nameOf({ source, scope: agent, id: key });
}

/** More than an account may hold and be believed to be empty a minute later. */
const CROWD = 120;

export interface Filled {
  readonly crowded: boolean;
  readonly sharing: Sharing;
}

/** Fills the sources: a few people, sessions of nobody that others made, perhaps a crowd that never falls due. */
export async function fill(world: ChaosWorld, dice: Dice): Promise<Filled> {
  const crowded = dice.chance(0.3);
  const clients = [
    ...Array.from({ length: dice.below(9) }, (_, n) => client(dice, n)),
    ...Array.from({ length: crowded ? CROWD : 0 }, (_, n) => ({
      ...client(dice, 1000 + n),
      user_identifier_key: null,
      created_at: iso(START - DAY),
      expires_at: iso(START + 9000 * DAY),
    })),
  ];
  const sets = (world.seam === null ? ["agent_sessions"] : ["agent_sessions", "agents_b"]).map(
    (source) => [
      ...agents(dice, source),
      ...Array.from({ length: crowded ? CROWD : 0 }, (_, n) => ({
        agent: "c",
        session: agentRecord(`crowd${n}`, START - DAY / 2, null, null, "stopped"),
        last: START - DAY / 4,
      })),
    ],
  );
  if (world.seam === null) {
    await importEmbedded(
      [
        ...clients.flatMap((session) => {
          // One id in two workspaces, now and then.
          const [one, two] = dice.chance(0.3) ? [B, A] : [A, B];
          const workspaces = dice.chance(0.1) ? [one, two] : [one];
          return workspaces.map((workspace_id) => ({
            source: "client_sessions",
            session: { ...session, workspace_id },
          }));
        }),
        ...(sets[0] ?? []).map(({ agent, session, last }) => ({
          source: "agent_sessions",
          session: { ...session, agent_key: agent },
          events: last === null ? [] : [event(session.key, last)],
        })),
      ],
      world.now,
    );
    return { crowded, sharing: new Set() };
  }
  for (const session of clients) {
    world.seam.add(session);
  }
  if (dice.chance(0.15)) {
    const at = { created_at: iso(START - 90 * DAY), expires_at: iso(START - 50 * DAY) };
    const id = `${ODD}-0000-4000-8000-000000000000`;
    world.seam.add({ client_session_id: id, ...at, ...dice.pick(ODD_CLIENTS) } as object);
  }
  if (dice.chance(0.15)) {
    const session = agentRecord(`${ODD}_1`, START - 100 * DAY, null, null, "stopped");
    world.vectara[0]?.add("a", { ...session, ...dice.pick(ODD_AGENTS) }, []);
  }
  if (dice.beside().chance(0.1)) {
    addHuge(world);
  }
  for (const [index, set] of sets.entries()) {
    for (const { agent, session, last } of set) {
      world.vectara[index]?.add(agent, session, last === null ? [] : [event(session.key, last)]);
    }
  }
  if (!dice.chance(0.15)) {
    return { crowded, sharing: new Set() };
  }
  // Whatever sessions of this agent make may serve several people.
  const now = iso(START - 200 * DAY);
  const tools = [{ type: "sub_agent", session_mode: "agent_scoped" }];
  world.vectara[0]?.store.putAgent("b", { name: "b", enabled: true, created_at: now, tools });
  return { crowded, sharing: new Set(["agent_sessions b"]) };
}

const ODD = "0ddba110";

/** Rows that no list should stumble over: too large for a line, or of another type than is written. */
const ODD_CLIENTS = [
  { user_identifier_key: 7 },
  {
    user_identifier_key: null,
    connected_account_ids: Array.from({ length: 7000 }, () => crypto.randomUUID()),
  },
];
const ODD_AGENTS = [
  { metadata: { user_id: PEOPLE[0], blob: "x".repeat(90_000) } },
  { metadata: 7, created_at: 7 },
];

/** Nobody can say when such a session is due. */
export function isOdd({ id }: SessionRef): boolean {
  return id.startsWith(ODD);
}

/** A person's session that cannot be read, and what it has made. */
function addHuge({ vectara: [account] }: ChaosWorld): void {
  const huge = agentRecord(`${ODD}_2`, START - 100 * DAY, null, null, "stopped");
  const made = { agent: "a", key: huge.key };
  const child = agentRecord("ase_of_huge", START - 99 * DAY, null, made, "stopped");
  const metadata = { user_id: PEOPLE[0], blob: "x".repeat(1_100_000) };
  account?.add("a", { ...huge, metadata }, []);
  account?.add("a", child, []);
}

function client(dice: Dice, n: number) {
  const expires = START + (dice.next() * 30 - 20) * DAY;
  return {
    client_session_id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
    created_at: iso(expires - 40 * DAY),
    expires_at: iso(expires),
    user_identifier_key: dice.chance(0.3) ? null : dice.pick(PEOPLE),
  };
}

function event(key: string, at: number) {
  return { id: `aev_${key}`, session_key: key, type: "input_message", created_at: iso(at) };
}

function agentRecord(
  key: string,
  created: number,
  person: string | null,
  parent: { readonly agent: string; readonly key: string } | null,
  status: string,
) {
  return {
    key,
    created_at: iso(created),
    metadata: person === null ? {} : { user_id: person },
    created_by_agent_key: parent?.agent ?? null,
    created_by_session_key: parent?.key ?? null,
    status,
  };
}

/** Some name a person; some were made by another and name nobody. */
function agents(dice: Dice, source: string) {
  const made: { agent: string; session: ReturnType<typeof agentRecord>; last: number | null }[] =
    [];
  const count = dice.below(11);
  for (let n = 0; n < count; n++) {
    const created = START - (1 + dice.next() * 120) * DAY;
    const parent = made.length > 0 && dice.chance(0.45) ? dice.pick(made) : null;
    // Whose parent was gone before anybody looked: nobody can say whose that is.
    const isOrphan = parent === null && dice.chance(0.06);
    const isNobodys = isOrphan || (parent !== null && dice.chance(0.8));
    const person = isNobodys ? null : dice.pick(PEOPLE);
    // One id in two accounts, now and then.
    const key = `ase_${dice.chance(0.8) ? source : "x"}_${n}`;
    made.push({
      agent: dice.pick(["a", "b"]),
      session: agentRecord(
        key,
        created,
        person,
        isOrphan
          ? { agent: "a", key: "ase_gone" }
          : parent === null
            ? null
            : { agent: parent.agent, key: parent.session.key },
        dice.chance(0.1) ? "running" : dice.pick(["stopped", "unstarted"]),
      ),
      last: dice.chance(0.3) ? null : created + dice.next() * (START - created),
    });
  }
  return made;
}

const ORPHANS = { match: { orphan: true as const } };

const IN_A = { match: { scope: ["a"] } };
const TOGETHER = { children: "together" as const };

/** A policy over one source, as a person would write it. The first one looks, so that everything was seen once. */
export function policyOf(
  dice: Dice,
  source: string,
  isFirst: boolean,
): Partial<Policy> & { readonly source: string } {
  const isClients = source === "client_sessions";
  const expire = isClients
    ? { clock: "expires_at" as const, after: dice.pick(["PT0S", "P1D"]) }
    : dice.pick([
        { clock: "last_active_at" as const, after: dice.pick(["P30D", "P7D"]) },
        { clock: "created_at" as const, after: "P60D" },
      ]);
  return {
    source,
    mode: dice.chance(0.9) ? "enforce" : isFirst ? "observe" : dice.pick(["observe", "off"]),
    expire: [expire],
    brake: { percent: 100 },
    verify: dice.pick([0, 100]),
    // With one every minute a day is three hundred ticks of the Registrar's own, and takes as long.
    schedule: dice.pick(["*/20 * * * *", "0 * * * *", "0 */3 * * *", "0 */3 * * *"]),
    budget: {
      items: dice.chance(0.7) ? 1000 : 3,
      ...(dice.chance(0.15) ? { per_second: dice.pick([0.2, 0.5, 20]) } : {}),
    },
    ...(isClients ? {} : dice.pick([{}, {}, TOGETHER, IN_A, { ...IN_A, ...TOGETHER }, ORPHANS])),
    ...(dice.chance(0.1) ? { keep: { min_age: "P50D" } } : {}),
  };
}

import {
  abortAllDurableObjects,
  createExecutionContext,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { runTick } from "../../src/tick.ts";
import { sha256 } from "../../src/core/values/hash.ts";
import type { Session, SessionRef } from "../../src/core/session/session.ts";
import worker from "../../src/index.ts";
import { emptyStore } from "../support/d1.ts";
import { openEngine } from "../support/engine.ts";
import { seamAccount, vectaraAccount, type Account } from "./accounts.ts";
import type { Dice } from "./dice.ts";
import {
  countEmbedded,
  EMBEDDED,
  embeddedSessions,
  removeEmbedded,
  useEmbedded,
} from "./embedded.ts";

/** When every run begins: ahead of the real clock, so that no alarm goes off by itself. */
export const START = Date.UTC(2030, 0, 1);

/** A, B: two workspaces; upstream A alone is there. */
export const A = "b887bf84-9849-4454-a562-cf84293d9781";
export const B = "00000000-0000-4000-8000-00000000000b";

export type KeyName = "author" | "boss" | "of_a";

const KEYS: readonly { readonly name: KeyName; readonly workspaces: readonly string[] }[] = [
  { name: "author", workspaces: ["*"] },
  { name: "boss", workspaces: ["*"] },
  { name: "of_a", workspaces: [A] },
];

/** A session and the source that has it. */
export interface Found extends Session {
  readonly source: string;
}

export function nameOf({ source, scope, id }: Pick<Found, "source" | "scope" | "id">): string {
  return `${source} ${scope}/${id}`;
}

/** One alarm: what was there before it, and is not (`gone`) or is still (`left`) after it, at `now`. */
export interface Step {
  readonly object: string;
  readonly now: number;
  readonly there: readonly Found[];
  readonly gone: readonly Found[];
  readonly left: readonly Found[];
}

/** The whole of Lethe under a clock of its own, over accounts of its own. */
export interface ChaosWorld {
  readonly sources: readonly string[];
  readonly accounts: readonly Account[];
  readonly seam: ReturnType<typeof seamAccount> | null;
  readonly vectara: readonly ReturnType<typeof vectaraAccount>[];
  /** Epoch milliseconds; anything may set it. */
  now: number;
  /** Told of each alarm. */
  watch: (step: Step) => void;
  ask(method: string, path: string, key: KeyName, json?: unknown): Promise<Answer>;
  tick(): Promise<void>;
  /** Runs every alarm that is due, until none is, or `most` of them. */
  pump(most?: number): Promise<void>;
  /** Lets time pass, with each alarm at its time. */
  pass(ms: number): Promise<void>;
  /** Every object forgets what only its memory knew. */
  crash(): Promise<void>;
  sessions(): Promise<readonly Found[]>;
  /** The provider, or the store's application, removes one. */
  lose(ref: SessionRef & { readonly source: string }): Promise<void>;
  use(ref: SessionRef & { readonly source: string }): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** So long the engine waits for an answer that may never come; any other time is a pause of its own making. */
const PATIENCE_MS: ReadonlySet<number> = new Set([5000, 10_000, 20_000]);
const LONGEST_PAUSE_MS = 30_000;

const later = setTimeout;

/** More alarms than any one time can need. */
const MOST_ALARMS = 1500;

export async function openChaos(dice: Dice, kind: "embedded" | "upstream"): Promise<ChaosWorld> {
  const realm = kind === "embedded" ? EMBEDDED : upstream(dice);
  const { accounts } = realm;
  // 40 calls a slice: the turns of many jobs, and what comes between two slices of one.
  const vars = { ...realm.vars, PLAN: dice.chance(0.4) ? "free" : "paid" };
  const bindings: Env = {
    ...env,
    ...vars,
    FOUR_EYES: "on",
    API_KEYS: JSON.stringify(
      KEYS.map(({ name, workspaces }) => ({
        name,
        workspaces,
        sha256: sha256(`seam_lethe_${name}`),
        scopes: ["*"],
      })),
    ),
  };
  await reset();
  if (kind === "embedded") {
    await emptyStore();
  }
  vi.spyOn(Date, "now").mockImplementation(() => world.now);
  vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    const account = accounts.find(({ url }) => request.url.startsWith(`${url}/`));
    if (account === undefined) {
      throw new Error(`nobody answers at ${request.url}`);
    }
    world.now += account.mood === "mute" ? 30_000 : 5;
    return account.fetch(request);
  });
  // A pause takes time of the engine's clock, and none of ours: an object that rests for ten seconds of ours
  // is evicted, and comes back without the bindings of this run. What hangs is ended in our time.
  vi.stubGlobal("setTimeout", (run: () => void, ms = 0): ReturnType<typeof setTimeout> => {
    if (ms >= LONGEST_PAUSE_MS || PATIENCE_MS.has(ms)) {
      return later(run, ms);
    }
    return later(() => {
      world.now += Math.ceil(ms);
      run();
    }, 0);
  });
  let engine = await openEngine({ ...vars, FOUR_EYES: "on" });
  const names = ["registrar", ...realm.sources];
  const stubOf = (name: string): DurableObjectStub =>
    name === "registrar" ? env.REGISTRAR.getByName(name) : env.CUSTODIAN.getByName(name);
  const deployed: Env = { ...env, ...vars, FOUR_EYES: "on" };
  /** When the alarm of each object goes off. One that was evicted has forgotten the bindings of this run. */
  const alarmTimes = async (): Promise<readonly number[]> =>
    Promise.all(
      names.map(async (name) =>
        runInDurableObject(stubOf(name), async (instance, { storage }) => {
          Object.assign(instance, { env: deployed });
          return (await storage.getAlarm()) ?? Infinity;
        }),
      ),
    );
  // Nothing is made in an alarm: where as many are there as before, they are the same.
  const count = async (): Promise<number> =>
    kind === "embedded"
      ? countEmbedded()
      : accounts.reduce((sum, account) => sum + account.count(), 0);

  const world: ChaosWorld = {
    ...realm,
    now: START,
    watch: () => undefined,
    async ask(method, path, key, json) {
      const headers = {
        authorization: `Bearer seam_lethe_${key}`,
        "content-type": "application/json",
      };
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const request = new Request(`http://127.0.0.1${path}`, { method, headers, ...body });
      const response = await worker.fetch(request, bindings, createExecutionContext());
      const text = await response.text();
      return { status: response.status, body: JSON.parse(text || "{}") as Answer["body"] };
    },
    tick: () => runTick(world.now, bindings),
    async pump(most = Infinity) {
      let there = await world.sessions();
      let turn = 0;
      for (let alarms = 0; alarms < most; alarms++) {
        const times = await alarmTimes();
        const inTurn = names.map((_name, index) => (turn + index) % names.length);
        const next = inTurn.find((index) => (times[index] ?? Infinity) <= world.now);
        const object = names[next ?? names.length];
        if (next === undefined || object === undefined) {
          return;
        }
        turn = next + 1;
        await runDurableObjectAlarm(stubOf(object));
        // The Registrar calls no source.
        if (object !== "registrar" && (await count()) !== there.length) {
          const left = await world.sessions();
          const still = new Set(left.map(nameOf));
          const gone = there.filter((one) => !still.has(nameOf(one)));
          // Time passes in an alarm, and with it more falls due.
          world.watch({ object, now: world.now, there, gone, left });
          there = left;
        }
        if (alarms > MOST_ALARMS) {
          throw new Error("the objects never come to rest");
        }
      }
    },
    async pass(ms) {
      const end = world.now + ms;
      for (;;) {
        await world.pump();
        const next = Math.min(...(await alarmTimes()));
        if (next > end) {
          world.now = Math.max(world.now, end);
          return;
        }
        world.now = Math.max(world.now, next);
      }
    },
    async crash() {
      await abortAllDurableObjects();
      engine = await openEngine({ ...vars, FOUR_EYES: "on" });
      await engine.configure({ ...vars, FOUR_EYES: "on" });
    },
    async sessions() {
      const there = accounts.flatMap((account) =>
        account.sessions().map((one) => ({ ...one, source: account.source })),
      );
      return kind === "embedded" ? embeddedSessions() : there;
    },
    async lose(ref) {
      const account = accounts.find(({ source }) => source === ref.source);
      await (account === undefined ? removeEmbedded(ref) : account.remove(ref));
    },
    async use(ref) {
      const account = accounts.find(({ source }) => source === ref.source);
      const until = ref.source === "client_sessions" ? world.now + 86_400_000 : world.now;
      await (account === undefined ? useEmbedded(ref, until) : account.use(ref, until));
    },
  };
  return world;
}

function upstream(dice: Dice) {
  const seam = seamAccount("client_sessions", "http://127.0.0.1:1", A, dice);
  const one = vectaraAccount("agent_sessions", "http://127.0.0.1:2", dice);
  const two = vectaraAccount("agents_b", "http://127.0.0.1:3", dice);
  const pace = { per_second: 5000, settle_seconds: 0 };
  const people = { person_paths: ["user_id"] };
  return {
    sources: ["client_sessions", "agent_sessions", "agents_b"],
    accounts: [seam, one, two],
    seam,
    vectara: [one, two],
    vars: {
      SEAM_API_KEY: "seam_test_key",
      VECTARA_API_KEY: "zut_test_key",
      OTHER_KEY: "zut_other_key",
      SOURCES: JSON.stringify({
        client_sessions: { endpoint: seam.url, ...pace },
        agent_sessions: { endpoint: one.url, ...pace, ...people },
        agents_b: {
          provider: "vectara",
          endpoint: two.url,
          secret: "OTHER_KEY",
          ...pace,
          ...people,
        },
      }),
    },
  };
}

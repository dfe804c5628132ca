import { embeddedWorld, upstreamWorld, type AgentSeed, type World } from "./erasure_world.ts";
import { store } from "./d1.ts";

/** Agent sessions, with a way for one to go that is none of ours. */
export interface FamilyWorld extends World {
  /** Takes a session away as its provider, or somebody at the database, does. */
  vanish(at: string): Promise<void>;
  /** Makes a session's newest sign of life one of now. */
  use(at: string): Promise<void>;
  /** Puts a session into the state in which it is in use. */
  run(at: string): Promise<void>;
  /** Takes away when a session was created. */
  undate(at: string): Promise<void>;
  /** Makes a session one of which only the id can be read. */
  spoil(at: string): Promise<void>;
}

/** The worlds of sessions that made others. */
export async function familyWorlds(): Promise<readonly FamilyWorld[]> {
  const upstream = await upstreamWorld();
  const seed = async (at: string, fields: object): Promise<void> => {
    const [agent, key] = at.split("/");
    const { session } = await upstream.vectara.state({ agent_key: agent ?? "", id: key ?? "" });
    await upstream.vectara.seed({
      sessions: [{ ...(session as object), ...fields, agent, key, raw: true }],
    });
  };
  return [
    {
      ...embeddedWorld(),
      vanish: async (at) => {
        await store
          .prepare("DELETE FROM agent_sessions WHERE agent_key || '/' || session_key = ?")
          .bind(at)
          .run();
      },
      use: async (at) => write(at, "last_active_at = unixepoch() * 1000"),
      run: async (at) => write(at, "busy = 1"),
      undate: async (at) => write(at, "created_at = NULL"),
      spoil: async (at) => write(at, "record = '{'"),
    },
    {
      ...upstream,
      vanish: async (at) => {
        const [agent, key] = at.split("/");
        const { status } = await fetch(
          `${upstream.vectara.url}/v2/agents/${agent}/sessions/${key}`,
          { method: "DELETE", headers: { "x-api-key": "zut_fake_key" } },
        );
        if (status !== 204) {
          throw new Error(`${at} did not vanish: ${status}`);
        }
      },
      use: async (at) => {
        const created = new Date().toISOString();
        const event = { id: `evt_${at}`, type: "input_message", created_at: created };
        await seed(at, { events: [event] });
      },
      run: async (at) => seed(at, { status: "running" }),
      undate: async (at) => seed(at, { created_at: "once" }),
      spoil: async (at) => seed(at, { metadata: { note: "x".repeat(1_100_000) } }),
    },
  ];
}

/** Writes to the embedded store as its routes do: every write raises the version. */
async function write(at: string, change: string): Promise<void> {
  await store
    .prepare(
      `UPDATE agent_sessions SET version = version + 1, ${change}
       WHERE agent_key || '/' || session_key = ?`,
    )
    .bind(at)
    .run();
}

/** A session of Ann's, and what is made by it. */
export const OF_ANN = { user_id: "ann" };

export const ANN_AND_CHILD: readonly AgentSeed[] = [
  { at: "agt_a/parent", metadata: OF_ANN },
  { at: "agt_b/child", child_of: "agt_a/parent" },
];

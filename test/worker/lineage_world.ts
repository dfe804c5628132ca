import { embeddedWorld, upstreamWorld, type AgentSeed, type World } from "./erasure_world.ts";
import { store } from "./d1_setup.ts";

/** Agent sessions, with a way for one to go that is none of ours. */
export interface FamilyWorld extends World {
  /** Takes a session away as its provider, or somebody at the database, does. */
  vanish(at: string): Promise<void>;
}

/** The worlds of sessions that made others. */
export async function familyWorlds(): Promise<readonly FamilyWorld[]> {
  const upstream = await upstreamWorld();
  return [
    {
      ...embeddedWorld(),
      vanish: async (at) => {
        await store
          .prepare("DELETE FROM agent_sessions WHERE agent_key || '/' || session_key = ?")
          .bind(at)
          .run();
      },
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
    },
  ];
}

/** A session of Ann's, and what is made by it. */
export const OF_ANN = { user_id: "ann" };

export const ANN_AND_CHILD: readonly AgentSeed[] = [
  { at: "agt_a/parent", metadata: OF_ANN },
  { at: "agt_b/child", child_of: "agt_a/parent" },
];

import { runFake } from "./command.ts";
import { startFakeVectara, VECTARA_API_KEY } from "./vectara.ts";
import type { SeedAgent, VectaraSeed } from "./vectara-seed.ts";

const DAY_MS = 86_400_000;

/** Days from now (before it if negative) as the API writes times. */
function at(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

function talk(key: string, user: string, created: number, last: number, status = "stopped") {
  return {
    key,
    name: `Conversation ${key}`,
    metadata: { user_id: user },
    status,
    created_at: at(created),
    events: [
      { type: "input_message", created_at: at(created) },
      { type: "agent_output", created_at: at(last) },
    ],
  };
}

/** Two agents, the first with a sub-agent tool whose sessions several people share. */
function exampleSeed(): VectaraSeed {
  const support: SeedAgent = {
    key: "customer_support",
    tool_configurations: {
      helper: {
        type: "sub_agent",
        sub_agent_configuration: { agent_key: "order_lookup", session_mode: "agent_scoped" },
      },
    },
    sessions: [
      talk("ase_support_001", "u-1", -200, -190),
      talk("ase_support_002", "u-1", -200, -2),
      talk("ase_support_003", "u-2", -45, -44),
      talk("ase_support_004", "u-3", -60, -1, "running"),
      { key: "ase_support_005", metadata: { user_id: "u-4" }, created_at: at(-90) },
    ],
  };
  const child = {
    ...talk("ase_order_001", "u-1", -200, -190),
    created_by_session_key: "ase_support_001",
  };
  const lookup: SeedAgent = {
    key: "order_lookup",
    sessions: [
      { ...child, created_by_agent_key: "customer_support" },
      talk("ase_order_002", "u-5", -3, -3),
    ],
  };
  return { agents: [support, lookup] };
}

await runFake(
  {
    script: "test/fakes/vectara-command.ts",
    title: "A fake of Vectara's agent sessions, on this machine only",
    port: 9002,
    start: ({ port, sessions }) => {
      if (sessions === undefined) {
        return startFakeVectara({ port, seed: exampleSeed() });
      }
      const generate = { agent_key: "customer_support", count: sessions };
      return startFakeVectara({ port, seed: { agents: [{ key: generate.agent_key }], generate } });
    },
    greet: (url) => `Fake Vectara at ${url}
  API key    ${VECTARA_API_KEY}
  state      curl ${url}/_fake/state
  calls      curl "${url}/_fake/calls?summary"
Point Lethe at it:
  npm start -- --var VECTARA_API_KEY:${VECTARA_API_KEY} --var VECTARA_ENDPOINT:${url}`,
  },
  process.argv.slice(2),
);

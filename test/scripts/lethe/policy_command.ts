import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { runLethe } from "../../../scripts/lethe/program.ts";
import type { World } from "../../../scripts/lethe/world.ts";
import { createPolicyApi, type PolicyApi } from "./policy_api.ts";
import { fakeWorld } from "./fake_world.ts";

export const CLIENT = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
};
export const AGENT = {
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
};
export const ENV = { LETHE_URL: "http://127.0.0.1:8787", LETHE_KEY: "seam_lethe_test" };

/** The policy command on a folder and a Worker of its own for each test. */
export interface PolicyCommand {
  readonly folder: string;
  readonly api: PolicyApi;
  put(files: Readonly<Record<string, unknown>>): Promise<void>;
  run(
    line: string,
    world?: Partial<World>,
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly out: string; readonly errors: readonly string[] }>;
  /** Requests that change something. */
  writes(): string[];
}

/** To be called once in a test file. Paths in what is printed begin at the folder. */
export function usePolicyCommand(): PolicyCommand {
  const state = { folder: "", api: createPolicyApi() };
  beforeEach(async () => {
    state.folder = await mkdtemp(join(tmpdir(), "lethe-policy-"));
    state.api = createPolicyApi();
  });
  afterEach(() => rm(state.folder, { recursive: true }));
  return {
    get folder() {
      return state.folder;
    },
    get api() {
      return state.api;
    },
    async put(files) {
      for (const [name, text] of Object.entries(files)) {
        const content = typeof text === "string" ? text : JSON.stringify(text);
        await writeFile(join(state.folder, name), content);
      }
    },
    async run(line, world = {}, env = ENV) {
      const seen = fakeWorld({ env, fetch: state.api.fetch, now: () => 0, ...world });
      const [name = "", ...rest] = line.split(" ");
      const folder = name.startsWith("--") ? [] : ["--dir", state.folder];
      const code = await runLethe(["policy", name, ...folder, ...rest], seen.world);
      const short = (text: string): string => text.replaceAll(state.folder, "");
      return { code, out: short(seen.out()).trimEnd(), errors: seen.errors().map(short) };
    },
    writes: () => state.api.seen.filter((one) => !one.startsWith("GET")),
  };
}

/** What a command line that is refused ends with. */
export function refused(message: string, code = 2): object {
  return { code, errors: [expect.stringContaining(message)] };
}

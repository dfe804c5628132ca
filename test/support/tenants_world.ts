import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { sha256 } from "../../src/core/values/hash.ts";
import { emptyStore } from "./d1.ts";
import { clearPolicies, createHarness, type Answer, type Harness } from "./openapi/harness.ts";
import {
  addAgentSessions,
  addClientSessions,
  clearPolicies as forgetPolicies,
} from "./sweep_world.ts";

/** Two tenants of one deployment. `both` is what reaches both, and everything else besides. */
export const TENANTS = ["a", "b"] as const;
export type Tenant = (typeof TENANTS)[number];
export type Target = Tenant | "both";

/** The workspace of each, which is also the name of an agent of theirs. */
export const SCOPES: Readonly<Record<Tenant, string>> = { a: "ws-of-a", b: "ws-of-b" };

/** The client session of each. */
export const CLIENTS: Readonly<Record<Tenant, string>> = {
  a: "00000000-0000-4000-8000-00000000000a",
  b: "00000000-0000-4000-8000-00000000000b",
};

/** The key of each tenant, one that names every workspace, and one that names none. */
export type KeyName = Tenant | "star" | "root";

const KEYS: Readonly<Record<KeyName, readonly string[] | undefined>> = {
  a: [SCOPES.a],
  b: [SCOPES.b],
  star: ["*"],
  root: undefined,
};

export const keyOf = (name: KeyName): string => `seam_lethe_${name}`;

/** The deployment as it is, objects and all, behind the API. */
export interface TenantsWorld {
  readonly document: Harness["document"];
  as(key: KeyName, method: string, path: string, json?: unknown): Promise<Answer>;
  /** The same by the key of everybody; throws where it is not taken. */
  made(method: string, path: string, json?: unknown): Promise<Answer["body"]>;
  ended(path: string): Promise<Answer["body"]>;
}

export async function openTenants(): Promise<TenantsWorld> {
  const registrar = env.REGISTRAR.getByName("registrar");
  const harness = await createHarness(
    {
      API_KEYS: JSON.stringify(
        Object.entries(KEYS).map(([name, workspaces]) => ({
          name,
          sha256: sha256(keyOf(name as KeyName)),
          scopes: ["*"],
          workspaces,
        })),
      ),
    },
    {
      registrar,
      custodian: (source) => env.CUSTODIAN.getByName(source),
      now: () => Date.now(),
    },
  );
  const world: TenantsWorld = {
    document: harness.document,
    as: (key, method, path, json) => harness.ask(path, { method, key: keyOf(key), json }),
    async made(method, path, json) {
      const answer = await world.as("star", method, path, json);
      if (answer.status >= 300) {
        throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
      }
      return answer.body;
    },
    async ended(path) {
      return vi.waitUntil(
        async () => {
          const report = await world.made("GET", path);
          return report["finished_at"] === null ? false : report;
        },
        { timeout: 20_000, interval: 20 },
      );
    },
  };
  return world;
}

/** One session of the same person in each workspace, of the same agent key, and one of nobody else's agent. */
export async function fillStore(): Promise<void> {
  await clearPolicies();
  await forgetPolicies();
  await emptyStore();
  const person = "jane";
  await addClientSessions(
    TENANTS.map((tenant) => ({ id: CLIENTS[tenant], workspace: SCOPES[tenant], person })),
  );
  await addAgentSessions(
    [...TENANTS.map((tenant) => SCOPES[tenant]), "agt_shared"].map((agent) => ({
      id: `s-${agent}`,
      agent,
      metadata: { user_identifier_key: person },
    })),
  );
}

/** A policy that selects what a target is, and nothing else. */
export function policyOf(target: Target, changes: object = {}): object {
  return {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "observe",
    ...(target === "both" ? {} : { match: { scope: [SCOPES[target]] } }),
    ...changes,
  };
}

/** A hold of a target's. */
export function holdOf(target: Target): object {
  return {
    selector:
      target === "both"
        ? { kind: "subject", identifiers: [{ type: "user_identifier_key", value: "nobody" }] }
        : { kind: "session", source: "client_sessions", scope: SCOPES[target], id: "nothing" },
    ground: { text: "a test" },
    owner: "legal",
    reference: `case-of-${target}`,
    review_at: new Date(Date.now() + 86_400_000).toISOString(),
  };
}

/** An erasure of a person whom nobody knows, limited to a target. */
export function erasureOf(target: Target, value = "nobody"): object {
  return {
    subject: { identifiers: [{ type: "user_identifier_key", value }] },
    reference: `case-of-${target}`,
    ...(target === "both" ? {} : { scopes: [SCOPES[target]] }),
  };
}

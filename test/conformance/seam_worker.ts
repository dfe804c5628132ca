import { vi } from "vitest";
import { createTestHarness } from "wrangler";
import { DEFAULT_WORKSPACE, type KeyScope } from "../../src/config/keys.ts";
import { sha256 } from "../../src/core/values/hash.ts";

/** A key that may do everything; the official clients take only keys that begin so. */
export const API_KEY = "seam_lethe_conformance";
/** A personal access token for the same workspace. */
export const ACCESS_TOKEN = "seam_at1_conformance";
/** A key that may only read. */
export const READ_KEY = "seam_lethe_reader";

export const WORKSPACE = DEFAULT_WORKSPACE;

/** The built Worker, on loopback, with an empty embedded store. */
export interface BuiltWorker {
  /** Without a slash at its end. */
  readonly url: string;
  /** Stores whole client sessions through the import route. */
  importSessions(...sessions: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

/** Builds and starts the Worker as it is deployed. */
export async function startWorker(): Promise<BuiltWorker> {
  const keys: readonly (readonly [string, KeyScope])[] = [
    [API_KEY, "*"],
    [ACCESS_TOKEN, "*"],
    [READ_KEY, "sessions:read"],
  ];
  // Otherwise each file prints how many rules of assets/_headers were read.
  vi.stubEnv("WRANGLER_LOG", "warn");
  const harness = createTestHarness({
    workers: [
      {
        configPath: "wrangler.toml",
        secrets: {
          LETHE_SECRET: "a secret for tests, of more than 32 characters",
          API_KEYS: JSON.stringify(
            keys.map(([key, scope]) => ({ name: key, sha256: sha256(key), scopes: [scope] })),
          ),
        },
      },
    ],
  });
  const { url } = await harness.listen();
  await harness.getWorker().applyD1Migrations("STORE");
  const base = url.href.replace(/\/$/, "");
  return {
    url: base,
    async importSessions(...sessions) {
      const response = await fetch(`${base}/v1/sessions/import`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${API_KEY}`,
          "content-type": "application/x-ndjson",
        },
        body: sessions
          .map((session) => JSON.stringify({ source: "client_sessions", session }))
          .join("\n"),
      });
      if (response.status !== 201) {
        throw new Error(`the import was refused: ${response.status} ${await response.text()}`);
      }
    },
    close: () => harness.close(),
  };
}

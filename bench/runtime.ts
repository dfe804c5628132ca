import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillStore, type Fill } from "./store.ts";
import { openInspector, type Inspector } from "./inspector.ts";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const HERE = import.meta.dirname;
const WRANGLER = join(HERE, "../node_modules/wrangler/bin/wrangler.js");

/** The bench Worker in workerd, with a state folder of its own. */
export interface BenchRuntime {
  /** Asks one part of the bench Worker. */
  ask<T>(part: string, body?: unknown): Promise<T>;
  /** Fills the embedded store from here, so that the Worker's own heap stays as it was. */
  fillStore(fill: Fill): Promise<void>;
  /** Opens the inspector of the Worker's isolate. */
  inspect(): Promise<Inspector>;
  close(): Promise<void>;
}

/** Bundles the bench Worker once; answers the path of its script. */
export function bundle(): string {
  const out = mkdtempSync(join(tmpdir(), "lethe-bench-bundle-"));
  execFileSync(
    process.execPath,
    [WRANGLER, "deploy", "--dry-run", `--outdir=${out}`, "-c", join(HERE, "wrangler.toml")],
    { stdio: "pipe", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  return join(out, "worker.js");
}

/** Starts the bench Worker; variables as an operator would set them. */
export async function startRuntime(
  script: string,
  variables: Readonly<Record<string, string>>,
): Promise<BenchRuntime> {
  const state = mkdtempSync(join(tmpdir(), "lethe-bench-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      modules: [{ type: "ESModule", path: "worker.js", contents: readFileSync(script, "utf8") }],
      compatibilityDate: "2026-08-01",
      compatibilityFlags: ["nodejs_compat"],
      host: "127.0.0.1",
      inspectorPort: 0,
      // One line a slice would stand between the tables.
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error") {
          console.error(message);
        }
      },
      bindings: {
        LETHE_SECRET: "a secret for benchmarks, of 32 characters and more",
        ...variables,
      },
      d1Databases: { STORE: "store" },
      kvNamespaces: ["POLICIES"],
      durableObjects: {
        CUSTODIAN: { className: "BenchCustodian", useSQLite: true },
        REGISTRAR: { className: "Registrar", useSQLite: true },
      },
      d1Persist: join(state, "d1"),
      durableObjectsPersist: join(state, "do"),
    }),
  );
  const url = await miniflare.ready;
  const db = await miniflare.getD1Database("STORE");
  for (const file of readdirSync(join(HERE, "../migrations")).toSorted()) {
    const sql = readFileSync(join(HERE, "../migrations", file), "utf8").replaceAll(/^--.*$/gm, "");
    await db.batch(
      sql
        .split(";")
        .filter((statement) => statement.trim() !== "")
        .map((statement) => db.prepare(statement)),
    );
  }
  const inspector = await miniflare.getInspectorURL();
  return {
    async ask<T>(part: string, body: unknown = {}): Promise<T> {
      const response = await fetch(new URL(part, url), {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (!response.ok) {
        throw new Error(`${part} answered ${response.status}: ${await response.text()}`);
      }
      const answer: T = await response.json();
      return answer;
    },
    fillStore: async (fill) => {
      await fillStore(db, fill);
    },
    inspect: async () => openInspector(`${inspector.href}core:user:bench`),
    async close() {
      await miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

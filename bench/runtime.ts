import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const HERE = import.meta.dirname;
const WRANGLER = join(HERE, "../node_modules/wrangler/bin/wrangler.js");

/** The bench Worker in workerd, with a state folder of its own. */
export interface BenchRuntime {
  /** Asks one part of the bench Worker. */
  ask<T>(part: string, body?: unknown): Promise<T>;
  /** Heap in use in the isolate, in bytes, by the inspector. */
  heap(): Promise<number>;
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
    heap: async () => readHeap(inspector),
    async close() {
      await miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Asks the isolate of the bench Worker, after a collection, how much of its heap is in use. */
async function readHeap(inspector: URL): Promise<number> {
  const socket = new WebSocket(new URL("bench", inspector).href.replace(/^http/, "ws"));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("no inspector")), { once: true });
  });
  const answer = new Promise<number>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: { usedSize?: number } };
      if (message.id === 1) {
        resolve(message.result?.usedSize ?? Number.NaN);
      }
    });
  });
  socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
  const used = await answer;
  socket.close();
  return used;
}

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillStore, type Fill } from "./store.ts";
import { openInspector, type Inspector } from "./inspector.ts";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const HERE = import.meta.dirname;
const WRANGLER = join(HERE, "../node_modules/wrangler/bin/wrangler.js");

/** The bench Worker in workerd, with a state folder of its own. */
export interface BenchRuntime {
  readonly url: URL;
  /** CPU that the runtime has used so far, in milliseconds; Linux counts it in steps of 10. */
  cpuMs(): number;
  /** Asks one part of the bench Worker. */
  ask<T>(part: string, body?: unknown): Promise<T>;
  /** Fills the embedded store from here, so that the Worker's own heap stays as it was. */
  fillStore(fill: Fill): Promise<void>;
  /** Opens the inspector of the Worker's isolate. */
  inspect(): Promise<Inspector>;
  /** Kills the runtime as a crash does; its state stays, for another one to go on with. */
  kill(): Promise<void>;
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

/** A folder for the state of one runtime, or of several, one after the other. */
export function createState(): string {
  return mkdtempSync(join(tmpdir(), "lethe-bench-"));
}

/** Starts the bench Worker; variables as an operator would set them. */
export async function startRuntime(
  script: string,
  variables: Readonly<Record<string, string>>,
  state = createState(),
): Promise<BenchRuntime> {
  const before = new Set(childProcesses());
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
        REGISTRAR: { className: "BenchRegistrar", useSQLite: true },
      },
      resourcePersistencePath: state,
    }),
  );
  const url = await miniflare.ready;
  const own = childProcesses().filter((pid) => !before.has(pid));
  const db = await miniflare.getD1Database("STORE");
  const isNew =
    (await db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'agents'").first()) === null;
  for (const file of isNew ? readdirSync(join(HERE, "../migrations")).toSorted() : []) {
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
    url,
    cpuMs: () => own.reduce((sum, pid) => sum + cpuOf(String(pid)), 0),
    async ask<T>(part: string, body: unknown = {}): Promise<T> {
      const { status, text } = await post(new URL(part, url).href, JSON.stringify(body));
      if (status !== 200) {
        throw new Error(`${part} answered ${status}: ${text}`);
      }
      return JSON.parse(text) as T;
    },
    fillStore: async (fill) => {
      await fillStore(db, fill);
    },
    inspect: async () => openInspector(`${inspector.href}core:user:bench`),
    async kill() {
      for (const pid of own) {
        process.kill(pid, "SIGKILL");
      }
      await miniflare.dispose();
    },
    async close() {
      await miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/**
 * Each request on a connection of its own: while the store is filled this process does not see that the
 * runtime closed one that was kept.
 */
async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The processes that this one has started and that are still there, by their ids (Linux). */
function childProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(name);
      // After the name in brackets: the state, then the parent.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return parent === process.pid ? [Number(name)] : [];
    });
}

/** CPU of a process in milliseconds, its own and the kernel's for it. */
function cpuOf(pid: string): number {
  const stat = statOf(pid);
  // After the name in brackets: fields 3 and on; the two times are fields 14 and 15, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It has ended since the folder was read.
    return "";
  }
}

import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL of its own: 127.0.0.1 alone, default durability, gone when it is closed. */
export interface Cluster {
  readonly url: string;
  close(): void;
}

const DEBIAN = "/usr/lib/postgresql";

/** Starts a cluster in a temporary folder; null where PostgreSQL is not installed. */
export async function startCluster(): Promise<Cluster | null> {
  const bin = binaries();
  if (bin === null) {
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), "lethe-bench-postgres-"));
  const isRoot = process.getuid?.() === 0;
  // PostgreSQL refuses to run as root: its own user is the one that its package made.
  const run = (command: string, args: readonly string[]): void => {
    const path = join(bin, command);
    const [file, rest] = isRoot
      ? (["runuser", ["-u", "postgres", "--", path, ...args]] as const)
      : ([path, [...args]] as const);
    execFileSync(file, rest, { stdio: "ignore", cwd: folder });
  };
  const port = await freePort();
  const data = join(folder, "data");
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    if (isRoot) {
      execFileSync("chown", ["postgres", folder]);
    }
    run("initdb", ["-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C"]);
    appendFileSync(
      join(data, "postgresql.conf"),
      `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\n`,
    );
    run("pg_ctl", ["-D", data, "-w", "-l", join(folder, "log"), "start"]);
  } catch (cause) {
    remove();
    throw cause;
  }
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    close() {
      run("pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]);
      remove();
    },
  };
}

/** The folder of PostgreSQL's programs, the newest where there are several. */
function binaries(): string | null {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, "bin"))
    : [];
  const paths = (process.env["PATH"] ?? "").split(":");
  const folders = [...versions.toReversed(), ...paths];
  return (
    folders.find(
      (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")),
    ) ?? null
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}

import { execFile, spawnSync } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { sep } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "./files.ts";

/** The variable that marks every process of one start: children inherit it, nobody else has it. */
export const RUN_MARK = "LETHE_RUN";

const run = promisify(execFile);
const hasProc = process.platform === "linux";

/** Whether a process runs. One that has ended and only waits to be collected does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") {
      return false;
    }
  }
  return !hasProc || ((await statOf(pid))?.state ?? "Z") !== "Z";
}

/** Tells a process from a later one of the same number; null where the system does not say. */
export async function birthOf(pid: number): Promise<string | null> {
  if (hasProc) {
    return (await statOf(pid))?.startedAt ?? null;
  }
  return (await ps(["-o", "lstart=", "-p", String(pid)])).trim() || null;
}

/**
 * Processes that a start left behind, and nothing that is not provably of that start: on Linux those
 * that carry its mark, elsewhere those of its process group that run out of node_modules.
 */
export async function leftoversOf(runId: string, group: number | null): Promise<readonly number[]> {
  if (hasProc) {
    return await filter(await allPids(), async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      return environment.split("\0").includes(`${RUN_MARK}=${runId}`) && (await isAlive(pid));
    });
  }
  const lines = group === null ? "" : await ps(["-axo", "pid=,pgid=,command="]);
  return lines.split("\n").flatMap((line) => {
    const [pid, pgid, ...command] = line.trim().split(/\s+/);
    const isOurs = Number(pgid) === group && command.join(" ").includes("node_modules");
    return isOurs && pid !== undefined ? [Number(pid)] : [];
  });
}

/** Processes with a file open below a folder; nothing where the system does not say (not Linux). */
export async function openersOf(folder: string): Promise<readonly number[]> {
  if (!hasProc) {
    return [];
  }
  return await filter(await allPids(), async (pid) => {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
    );
    return pid !== process.pid && targets.some((target) => target.startsWith(folder + sep));
  });
}

/** Sends a signal to a whole process group; a group that is gone is fine. */
export function signalGroup(group: number, signal: "SIGINT" | "SIGKILL"): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(group), "/T", "/F"]);
    return;
  }
  signalProcess(-group, signal);
}

/** Sends a signal to one process; one that is gone is fine. */
export function signalProcess(pid: number, signal: "SIGINT" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") {
      throw error;
    }
  }
}

async function allPids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** State and start time (in ticks since boot) of a process. Its name may hold spaces and brackets. */
async function statOf(pid: number): Promise<{ state: string; startedAt: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "Z", startedAt: fields[19] ?? "" };
}

async function ps(args: readonly string[]): Promise<string> {
  const answer = await run("ps", args).catch(() => ({ stdout: "" }));
  return answer.stdout;
}

async function filter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index]);
}

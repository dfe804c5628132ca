import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { Refusal } from "./arguments.ts";
import { codeOf, PRIVATE } from "./files.ts";
import { jsonOrNull } from "./json.ts";
import { birthOf, isAlive, leftoversOf, openersOf, signalProcess } from "./processes.ts";

const Holder = z.object({
  pid: z.int().positive(),
  /** Tells the process from a later one of the same number. */
  birth: z.string().nullable(),
  run: z.string(),
  /** The process group of wrangler, once it runs. */
  group: z.int().positive().nullable(),
});
type Holder = z.output<typeof Holder>;

/** The right to use a state folder: two runtimes on one folder would open the same objects. */
export interface Lock {
  /** Marks every process of this start. */
  readonly run: string;
  /** Writes down the process group, so that a start after a crash can end what is left of it. */
  setGroup(group: number): Promise<void>;
  release(): Promise<void>;
}

/** Looks, a tenth of a second apart, before a process is said to have the state open. */
const OPENER_LOOKS = 30;

/**
 * Takes the lock of a state folder (an absolute path), or throws a Refusal that names the process that
 * holds it. A lock whose process is dead is taken over, and the processes it left behind are ended.
 */
export async function takeLock(folder: string): Promise<Lock> {
  const path = join(folder, "start.lock");
  const mine: Holder = {
    pid: process.pid,
    birth: await birthOf(process.pid),
    run: randomUUID(),
    group: null,
  };
  for (let attempt = 0; !(await createWhole(path, mine)); attempt++) {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) {
      await endStale(path, text, attempt);
    }
  }
  const opener = await lastingOpener(folder);
  if (opener !== null) {
    await rm(path);
    throw new Refusal(
      `process ${opener} has the state in ${folder} open: stop it, then start again`,
    );
  }
  return {
    run: mine.run,
    setGroup: (group) => replace(path, { ...mine, group }),
    release: () => rm(path, { force: true }),
  };
}

/** A process that keeps the folder open. One that was just killed closes its files a time after it has gone. */
async function lastingOpener(folder: string): Promise<number | null> {
  for (let look = 1; ; look++) {
    const [opener] = await openersOf(folder);
    if (opener === undefined || look === OPENER_LOOKS) {
      return opener ?? null;
    }
    await wait(100);
  }
}

/** Clears a lock away if its start is dead; two starts that do so at once cannot both win. */
async function endStale(path: string, text: string, attempt: number): Promise<void> {
  const holder = Holder.safeParse(jsonOrNull(text)).data;
  if (holder === undefined) {
    throw new Refusal(`${path} is not a lock file of this program: look at it, then remove it`);
  }
  if ((await isAlive(holder.pid)) && (await birthOf(holder.pid)) === holder.birth) {
    throw new Refusal(
      `process ${holder.pid} already runs on this state (${path}): stop it, or choose another folder with --persist-to`,
    );
  }
  for (const pid of await leftoversOf(holder.run, holder.group)) {
    signalProcess(pid, "SIGKILL");
  }
  if ((await leftoversOf(holder.run, holder.group)).length > 0 && attempt < 50) {
    await wait(100);
    return;
  }
  // The name is moved away and looked at again: it may by now be the lock of another, live start.
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => null);
  if ((await readFile(aside, "utf8").catch(() => text)) !== text) {
    await link(aside, path).catch(() => null);
  }
  await rm(aside, { force: true });
}

/** Creates the file with its whole content in one step; false when there is one already. */
async function createWhole(path: string, holder: Holder): Promise<boolean> {
  const draft = await draftOf(path, holder);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(path: string, holder: Holder): Promise<void> {
  await rename(await draftOf(path, holder), path);
}

async function draftOf(path: string, holder: Holder): Promise<string> {
  const draft = `${path}.${holder.run}`;
  await writeFile(draft, JSON.stringify(holder), { mode: PRIVATE });
  return draft;
}

import type { PolicyVersion } from "../../src/contract/registrar.ts";
import { Refusal } from "../start/arguments.ts";
import { apiClient, type ApiClient } from "../start/client.ts";
import type { Paint } from "../start/paint.ts";
import { HELP, type PolicyArguments } from "./arguments.ts";
import { compare, type Change } from "./compare.ts";
import { problemLines, readPolicyFiles, type PolicyFile } from "./files.ts";
import { previewChange } from "./newly.ts";
import { plain } from "./plain.ts";
import { pullsOf, writePulled } from "./pull.ts";
import { pushChange } from "./push.ts";
import { changeLines, newlyLine, summaryLine } from "./show.ts";
import { alsoUnknown, knownSources } from "./sources.ts";
import { listStored, type StoredEntry } from "./stored.ts";

/** How the command reaches the world. */
export interface PolicyWorld {
  /** The variable SOURCES. */
  readonly sources: string | undefined;
  readonly fetch: typeof fetch;
  readonly paint: Paint;
  print(line: string): void;
  complain(line: string): void;
  /** Asks a person; null when there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Throws when the command was stopped. */
  goOn(): void;
}

/** 0: well, or nothing differs. 1: a wrong file, a difference, or a write that was refused. */
export type ExitCode = 0 | 1;

/** Does what the command line asked for. Throws a Refusal when it cannot be done. */
export async function runPolicy(args: PolicyArguments, world: PolicyWorld): Promise<ExitCode> {
  switch (args.command) {
    case null:
      world.print(HELP.trimEnd());
      return 0;
    case "check":
      return check(args, world);
    case "diff":
      return diff(args, world);
    case "push":
      return push(args, world);
    case "pull":
      return pull(args, world);
  }
}

async function check({ folder }: PolicyArguments, world: PolicyWorld): Promise<ExitCode> {
  const known = knownSources(world.sources);
  const files = await readPolicyFiles(folder, () => known);
  if (files.length === 0) {
    throw new Refusal(`there is no policy in ${folder}: write <id>.json, or name another --dir`);
  }
  const valid = complainOf(files, world);
  world.print(`${valid.length} of ${files.length} files are policies`);
  return valid.length === files.length ? 0 : 1;
}

async function diff(args: PolicyArguments, world: PolicyWorld): Promise<ExitCode> {
  const client = open(args, world);
  const { changes, isWhole } = await read(args, client, world);
  for (const change of changes) {
    world.goOn();
    print(changeLines(change, world.paint), world);
    if (args.preview && change.kind !== "remove") {
      world.print(newlyLine(await previewChange(change, { ...world, client }), world.paint));
    }
  }
  world.print(summaryLine(changes));
  return changes.length === 0 && isWhole ? 0 : 1;
}

async function push(args: PolicyArguments, world: PolicyWorld): Promise<ExitCode> {
  const client = open(args, world);
  const { changes, files, isWhole } = await read(args, client, world);
  if (files === 0) {
    throw new Refusal(`there is no policy in ${args.folder}: name another --dir`);
  }
  if (!isWhole) {
    world.complain("nothing is written while a file is no policy");
    return 1;
  }
  const wanted = changes.filter(({ kind }) => args.prune || kind !== "remove");
  for (const change of changes) {
    print(changeLines(change, world.paint), world);
  }
  world.print(summaryLine(changes));
  if (wanted.length === 0) {
    return 0;
  }
  const removals = wanted.filter(({ kind }) => kind === "remove").length;
  const deletes = removals === 0 ? "" : ` and delete ${removals}`;
  await consent(args, world, `Write ${wanted.length - removals}${deletes} in ${args.url}?`);
  let isRefused = false;
  for (const change of wanted) {
    world.goOn();
    const outcome = await pushChange(change, client);
    if (outcome.kind === "refused") {
      isRefused = true;
      world.complain(plain(`${outcome.id} is not written: ${outcome.why}`));
    } else {
      world.print(plain(`${outcome.kind} ${outcome.id}`));
    }
  }
  return isRefused ? 1 : 0;
}

async function pull(args: PolicyArguments, world: PolicyWorld): Promise<ExitCode> {
  const client = open(args, world);
  const files = await readPolicyFiles(args.folder, alsoUnknown(knownSources(world.sources)));
  const stored = await listStored(client);
  const invalid = [...stored.values()].filter(({ policy }) => policy === null);
  for (const { id, errors } of invalid) {
    print(problemLines(`${id} in the Worker`, errors), { print: world.complain });
  }
  const pulls = pullsOf(args.folder, files, stored);
  for (const { path, replaces } of pulls) {
    world.print(`${replaces ? "~" : "+"} ${path}`);
  }
  for (const { id, path } of files) {
    if (!stored.has(id)) {
      world.print(world.paint.dim(`  ${path} is not in the Worker, and stays`));
    }
  }
  if (pulls.length === 0) {
    world.print("nothing differs");
  } else {
    await consent(args, world, `Write ${pulls.length} files?`);
  }
  for (const pulled of pulls) {
    world.goOn();
    await writePulled(pulled);
    world.print(`written ${pulled.path}`);
  }
  return invalid.length === 0 ? 0 : 1;
}

/** The API of the Worker that was named, with the key. */
function open({ url, key }: PolicyArguments, world: PolicyWorld): ApiClient {
  if (url === null) {
    throw new Refusal("say which Worker: --url or LETHE_URL");
  }
  if (key === null || key === "") {
    throw new Refusal("set LETHE_KEY to an API key of the Worker");
  }
  if (!/^[!-~]+$/.test(key)) {
    throw new Refusal("LETHE_KEY is no API key: it has characters that no key has");
  }
  return apiClient(url, key, async (input, init) => {
    try {
      return await world.fetch(input, init);
    } catch (error) {
      world.goOn();
      throw new Refusal(`${url} cannot be reached: ${reasonOf(error)}`);
    }
  });
}

/** What fetch says of a failure, which it hides in a cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

interface Compared {
  readonly changes: readonly Change[];
  /** How many there are. */
  readonly files: number;
  /** Every file is a policy. */
  readonly isWhole: boolean;
}

async function read(
  { folder }: PolicyArguments,
  client: ApiClient,
  world: PolicyWorld,
): Promise<Compared> {
  const files = await readPolicyFiles(folder, alsoUnknown(knownSources(world.sources)));
  const valid = complainOf(files, world);
  const stored = await listStored(client);
  // A file that is no policy is still that policy's file: the Worker's is not to be deleted for it.
  const wrong = new Set(files.filter((file) => !file.read.ok).map(({ id }) => id));
  const others: ReadonlyMap<string, StoredEntry> = new Map(
    [...stored].filter(([id]) => !wrong.has(id)),
  );
  return { changes: compare(valid, others), files: files.length, isWhole: wrong.size === 0 };
}

function complainOf(files: readonly PolicyFile[], world: PolicyWorld): PolicyVersion[] {
  return files.flatMap(({ path, read: found }) => {
    if (found.ok) {
      return [found.value];
    }
    print(problemLines(path, found.error), { print: world.complain });
    return [];
  });
}

async function consent(
  { yes }: PolicyArguments,
  { ask }: PolicyWorld,
  question: string,
): Promise<void> {
  if (yes) {
    return;
  }
  if (ask === null) {
    throw new Refusal("nothing is written: add --yes where nobody can be asked");
  }
  if (!(await ask(question))) {
    throw new Refusal("nothing is written");
  }
}

function print(lines: readonly string[], { print: to }: Pick<PolicyWorld, "print">): void {
  for (const line of lines) {
    to(line);
  }
}

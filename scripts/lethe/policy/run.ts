import type { PolicyVersion } from "../../../src/contract/registrar.ts";
import { Refusal } from "../../start/arguments.ts";
import type { ApiClient } from "../../start/client.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { plain } from "../plain.ts";
import { compare, idOf, type Change } from "./compare.ts";
import { problemLines, readPolicyFiles, type PolicyFile } from "./files.ts";
import { previewChange } from "./newly.ts";
import { pullsOf, writePulled } from "./pull.ts";
import { pushChange } from "./push.ts";
import { showChange, showNewly, summaryLine } from "./show.ts";
import { alsoUnknown, knownSources, type Targets } from "./sources.ts";
import { listStored } from "./stored.ts";

interface Options {
  /** The folder of the files. */
  readonly dir: string;
}

interface Consent {
  readonly yes?: boolean;
}

export async function check(desk: Desk, { dir }: Options): Promise<ExitCode> {
  const known = knownSources(desk.world.env["SOURCES"]);
  const files = await readPolicyFiles(dir, () => known);
  if (files.length === 0) {
    throw new Refusal(`there is no policy in ${dir}: write <id>.json, or name another --dir`);
  }
  const valid = complainOf(files, desk);
  desk.output.line(`${valid.length} of ${files.length} files are policies`);
  for (const { id, path, read: found } of files) {
    desk.output.record({ id, path, valid: found.ok, errors: found.ok ? [] : found.error });
  }
  return valid.length === files.length ? 0 : 1;
}

export async function diff(
  desk: Desk,
  { dir, preview }: Options & { readonly preview: boolean },
): Promise<ExitCode> {
  const { output, world } = desk;
  const client = await desk.api();
  const { changes, isWhole } = await read(desk, dir, client);
  for (const change of changes) {
    world.goOn();
    showChange(change, output);
    const isPreviewed = preview && change.kind !== "remove";
    const newly = isPreviewed ? await previewChange(change, { ...world, client }) : null;
    if (newly !== null) {
      showNewly(newly, output);
    }
    const { kind, fields } = change;
    output.record({ kind, id: idOf(change), fields, preview: newly });
  }
  output.line(summaryLine(changes));
  return changes.length === 0 && isWhole ? 0 : 1;
}

export async function push(
  desk: Desk,
  { dir, prune, yes }: Options & Consent & { readonly prune?: boolean },
): Promise<ExitCode> {
  const { output, world, consent } = desk;
  const client = await desk.api();
  const { changes, files, isWhole } = await read(desk, dir, client);
  if (files === 0) {
    throw new Refusal(`there is no policy in ${dir}: name another --dir`);
  }
  if (!isWhole) {
    world.complain("nothing is written while a file is no policy");
    return 1;
  }
  const wanted = changes.filter(({ kind }) => prune === true || kind !== "remove");
  for (const change of changes) {
    showChange(change, output, prune);
  }
  output.line(summaryLine(changes));
  if (wanted.length === 0) {
    return 0;
  }
  const removals = wanted.filter(({ kind }) => kind === "remove").length;
  const deletes = removals === 0 ? "" : ` and delete ${removals}`;
  await consent(`Write ${wanted.length - removals}${deletes} in ${client.url}?`, yes);
  let isRefused = false;
  let written = 0;
  desk.onStop(() => stayed(written, wanted.length), true);
  for (const change of wanted) {
    world.goOn();
    const outcome = await pushChange(change, client);
    output.record(outcome);
    if (outcome.kind === "refused") {
      isRefused = true;
      world.complain(plain(`${outcome.id} is not written: ${outcome.why}`));
    } else {
      written += 1;
      output.line(plain(`${outcome.kind} ${outcome.id}`));
    }
  }
  return isRefused ? 1 : 0;
}

export async function pull(desk: Desk, { dir, yes }: Options & Consent): Promise<ExitCode> {
  const { output, world } = desk;
  const client = await desk.api();
  const files = await readPolicyFiles(dir, targetsOf(desk));
  const stored = await listStored(client);
  const invalid = [...stored.values()].filter(({ policy }) => policy === null);
  for (const { id, errors } of invalid) {
    problemLines(`${id} in the Worker`, errors).map(world.complain);
  }
  const pulls = pullsOf(dir, files, stored);
  for (const { path, replaces } of pulls) {
    output.line(`${replaces ? "~" : "+"} ${path}`);
  }
  for (const { id, path } of files) {
    if (!stored.has(id)) {
      output.line(output.paint.dim(`  ${path} is not in the Worker, and stays`));
    }
  }
  if (pulls.length === 0) {
    output.line("nothing differs");
  } else {
    await desk.consent(`Write ${pulls.length} files?`, yes);
  }
  let written = 0;
  desk.onStop(() => stayed(written, pulls.length), true);
  for (const pulled of pulls) {
    world.goOn();
    await writePulled(pulled);
    written += 1;
    output.line(`written ${pulled.path}`);
    output.record({ kind: "written", id: pulled.id, path: pulled.path });
  }
  return invalid.length === 0 ? 0 : 1;
}

/** What is told where the writing did not come to its end. */
function stayed(written: number, of: number): string {
  return written === 0 ? "nothing was written" : `${written} of ${of} were written, and stay so`;
}

interface Compared {
  readonly changes: readonly Change[];
  /** How many there are. */
  readonly files: number;
  /** Every file is a policy. */
  readonly isWhole: boolean;
}

async function read(desk: Desk, dir: string, client: Pick<ApiClient, "get">): Promise<Compared> {
  const files = await readPolicyFiles(dir, targetsOf(desk));
  const valid = complainOf(files, desk);
  const stored = await listStored(client);
  // A file that is no policy is still that policy's file: the Worker's is not to be deleted for it.
  const wrong = new Set(files.filter((file) => !file.read.ok).map(({ id }) => id));
  const others = new Map([...stored].filter(([id]) => !wrong.has(id)));
  return { changes: compare(valid, others), files: files.length, isWhole: wrong.size === 0 };
}

/** The sources that this machine knows of, and others that the Worker may know. */
function targetsOf({ world }: Desk): Targets {
  return alsoUnknown(knownSources(world.env["SOURCES"]));
}

function complainOf(files: readonly PolicyFile[], { world }: Desk): PolicyVersion[] {
  return files.flatMap(({ path, read: found }) => {
    if (found.ok) {
      return [found.value];
    }
    problemLines(path, found.error).map(world.complain);
    return [];
  });
}

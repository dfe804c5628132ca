import { readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import * as z from "zod";
import { POLICY_ID, type Policy } from "../../../src/core/policy/policy.ts";
import { jsonOrNull } from "../../start/json.ts";
import type { PolicyFile } from "./files.ts";
import type { StoredEntry } from "./stored.ts";

const SCHEMA = join(import.meta.dirname, "../../../docs/policy.schema.json");

/** A file that is to be written anew. */
export interface Pulled {
  readonly id: string;
  readonly path: string;
  readonly policy: Policy;
  readonly replaces: boolean;
}

/** The policies of the Worker whose files are missing, wrong, or say something else. */
export function pullsOf(
  folder: string,
  files: readonly PolicyFile[],
  stored: ReadonlyMap<string, StoredEntry>,
): readonly Pulled[] {
  const known = new Map(files.map((file) => [file.id, file]));
  return [...stored.values()].flatMap(({ id, digest, policy }): Pulled[] => {
    const file = known.get(id);
    const isSame = file?.read.ok === true && file.read.value.digest === digest;
    // An id names a file here: one that is none, from whatever Worker, names no path.
    return policy === null || isSame || !POLICY_ID.test(id)
      ? []
      : [{ id, path: join(folder, `${id}.json`), policy, replaces: file !== undefined }];
  });
}

/** Writes a policy to its file, whole or not at all. A `$schema` that the file had stays. */
export async function writePulled({ path, policy, replaces }: Pulled): Promise<void> {
  const schema = (replaces ? await schemaIn(path) : null) ?? relativeTo(path);
  const beside = `${path}.new`;
  await writeFile(beside, `${JSON.stringify({ $schema: schema, ...policy }, null, 2)}\n`);
  await rename(beside, path);
}

/** Null where there is none, or the file is wrong and is written anew. */
async function schemaIn(path: string): Promise<string | null> {
  const document = jsonOrNull(await readFile(path, "utf8"));
  return z.looseObject({ $schema: z.string() }).safeParse(document).data?.$schema ?? null;
}

function relativeTo(path: string): string {
  return relative(join(path, ".."), SCHEMA).replaceAll("\\", "/");
}

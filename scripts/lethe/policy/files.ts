import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBounded } from "../../../src/platform/bounded_body.ts";
import { readVersion, parseDocument, type StoredPolicy } from "../../../src/kv/policies.ts";
import type { FieldError } from "../../../src/core/values/field_error.ts";
import { POLICY_MAX_BYTES } from "../../../src/core/policy/policy.ts";
import { documentOf } from "../../../src/core/policy/json_schema.ts";
import { err } from "../../../src/core/values/result.ts";
import { Refusal } from "../../start/arguments.ts";
import { codeOf } from "../../start/files.ts";
import { plain } from "../plain.ts";
import type { Targets } from "./sources.ts";

/** One file of the folder: a policy, or what is wrong with it. */
export interface PolicyFile {
  readonly id: string;
  readonly path: string;
  readonly read: StoredPolicy;
}

/**
 * Reads every `<id>.json` of a folder by the rules of KV and of the API, in the order of ids. Throws a
 * Refusal when the folder cannot be read.
 */
export async function readPolicyFiles(
  folder: string,
  targets: Targets,
): Promise<readonly PolicyFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      throw new Refusal(`${folder}: there is no such folder; name another by --dir`);
    }
    throw new Refusal(`the folder ${folder} cannot be read: ${codeOf(error)}`);
  }
  const files = names.filter((name) => name.endsWith(".json")).toSorted();
  return Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      const id = name.slice(0, -".json".length);
      return { id, path, read: await readPolicyFile(path, id, targets) };
    }),
  );
}

async function readPolicyFile(path: string, id: string, targets: Targets): Promise<StoredPolicy> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (error) {
    return wrong(`the file cannot be read: ${codeOf(error)}`);
  }
  const text = await readBounded({ body: new Blob([bytes]).stream() }, POLICY_MAX_BYTES);
  if (!text.ok) {
    return wrong(
      text.error === "too_large" ? `over ${POLICY_MAX_BYTES} bytes: make it smaller` : "not UTF-8",
    );
  }
  const file = parseDocument(text.value);
  if (!file.ok) {
    return file;
  }
  const document = documentOf(file.value);
  return readVersion(id, document, targets(document));
}

/** What a file says is wrong, in one line each. */
export function problemLines(path: string, errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) =>
    plain(`${path}: ${field === "" ? "" : `${field}: `}${message}`),
  );
}

function wrong(message: string): StoredPolicy {
  return err([{ field: "", message }]);
}

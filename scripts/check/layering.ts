import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";

/** What a part of src/ may import besides itself. `core` is the bottom, `index.ts` the top. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "runtime.ts": [],
  "log.ts": [],
  durable: ["core", "runtime.ts"],
  sources: ["core", "runtime.ts"],
  config: ["core", "sources"],
  custodian: [
    "core",
    "runtime.ts",
    "log.ts",
    "durable",
    "sources",
    "config",
    "registrar/contract.ts",
  ],
  registrar: [
    "core",
    "runtime.ts",
    "log.ts",
    "durable",
    "sources",
    "config",
    "custodian/contract.ts",
  ],
  store: ["core", "runtime.ts", "log.ts", "sources", "config", "custodian", "registrar"],
  api: [
    "core",
    "runtime.ts",
    "log.ts",
    "sources",
    "config",
    "custodian",
    "registrar",
    "store",
    "ui",
  ],
  ui: ["core", "runtime.ts", "sources", "config", "custodian", "registrar"],
  "index.ts": [
    "core",
    "runtime.ts",
    "sources",
    "config",
    "custodian",
    "registrar",
    "api",
    "store",
    "ui",
  ],
};

/** The core is pure: these packages are all it may know. */
const CORE_PACKAGES = ["zod"];
/** What one file alone may import, so that it can be exchanged, and is called in one way. */
const ONE_FILE: Readonly<Record<string, { readonly file: string; readonly does: string }>> = {
  "node:crypto": { file: "core/hash.ts", does: "makes hashes" },
  croner: { file: "core/schedule.ts", does: "reads cron texts" },
};
/** Below the core nothing asks the world by itself: what it needs is an argument. */
const IMPURE =
  /\b(?:fetch|setTimeout|setInterval|queueMicrotask)\(|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.|\bprocess\b|\bconsole\.|\bcaches\b/;
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\1/g;

/** Reads every module below a folder and answers each import that points the wrong way. */
export async function checkLayering(root: string): Promise<readonly string[]> {
  const files = (await readdir(root, { recursive: true }))
    .filter((file) => file.endsWith(".ts"))
    .toSorted();
  const faults = await Promise.all(
    files.map(async (file) =>
      moduleFaults(file.replaceAll("\\", "/"), await readFile(join(root, file), "utf8")),
    ),
  );
  return faults.flat();
}

/** What is wrong with one module: its path below src/, and its text. */
export function moduleFaults(file: string, text: string): readonly string[] {
  const code = withoutComments(text);
  const faults = [...code.matchAll(SPECIFIER)].flatMap(([, , specifier]) => {
    const reason = specifier === undefined ? null : importFault(file, specifier);
    return reason === null ? [] : [`src/${file} imports ${specifier}: ${reason}`];
  });
  const impure = file.startsWith("core/") ? IMPURE.exec(code) : null;
  return impure === null
    ? faults
    : [...faults, `src/${file} uses ${impure[0]}: the core takes it as an argument`];
}

function importFault(file: string, specifier: string): string | null {
  const part = partOf(file);
  if (!specifier.startsWith(".")) {
    return packageFault(file, part, specifier);
  }
  const target = posix.join(posix.dirname(file), specifier);
  const allowed = MAY_IMPORT[part];
  if (allowed === undefined) {
    return `nobody has said what ${part} may import: add it to scripts/check/layering.ts`;
  }
  const targetPart = partOf(target);
  if (targetPart !== part && !allowed.includes(targetPart) && !allowed.includes(target)) {
    return `${part} may import ${allowed.length === 0 ? "nothing but itself" : allowed.join(", ")}`;
  }
  const provider = providerOf(file);
  const other = providerOf(target);
  if (provider !== null && other !== null && provider !== other) {
    return "a provider knows no other provider";
  }
  return null;
}

function packageFault(file: string, part: string, specifier: string): string | null {
  const only = ONE_FILE[specifier];
  if (only !== undefined) {
    return file === only.file ? null : `only src/${only.file} ${only.does}`;
  }
  return part === "core" && !CORE_PACKAGES.includes(specifier)
    ? `the core may import ${CORE_PACKAGES.join(", ")} and nothing else`
    : null;
}

/** The folder directly below src/, or the file itself when it stands there; config is several files. */
function partOf(path: string): string {
  return /^config(_[a-z]+)*\.ts$/.test(path) ? "config" : (path.split("/", 1)[0] ?? path);
}

function providerOf(path: string): string | null {
  const [part, provider, rest] = path.split("/");
  return part === "sources" && rest !== undefined ? (provider ?? null) : null;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<![:"'`])\/\/.*$/gm, "");
}

import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";

/**
 * What each room of a folder may import of its other rooms, by their names with spaces between. A room is a
 * folder, with all that is in it, or a file that stands beside folders. What is not said here may not be
 * imported; so no circle can come about.
 */
const MAY_IMPORT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": {
    core: "",
    platform: "core",
    contract: "core",
    sources: "core",
    config: "core sources",
    kv: "core platform contract sources config",
    custodian: "core platform contract sources config",
    registrar: "core platform contract sources config",
    store: "core platform contract sources config",
    "deps.ts": "core platform contract config kv",
    api: "core platform contract sources config kv store deps.ts",
    page: "core platform config deps.ts api",
    "tick.ts": "core platform contract kv deps.ts",
    "index.ts": "api page custodian registrar deps.ts tick.ts",
  },
  core: {
    values: "",
    pace: "",
    session: "values",
    schedule: "values",
    count: "values",
    hold: "values session",
    policy: "values session schedule pace",
    report: "values session policy hold pace count",
    rule: "values session schedule policy count report",
  },
  // The pipeline: tables hold the nouns, phases the verbs. A phase knows another only backwards.
  custodian: {
    tables: "",
    holds: "tables",
    pace: "tables",
    job: "tables holds pace",
    select: "tables job",
    plan: "tables job select",
    guard: "tables job select plan",
    remove: "tables job select plan guard",
    verify: "tables job select plan guard remove",
    record: "tables job select plan guard remove verify",
    answers: "tables job select record",
    engine: "tables holds pace job select plan guard remove verify record",
    "custodian.ts": "tables holds pace job record answers engine",
  },
  "custodian/tables": {
    plan: "",
    family: "plan",
    "ordering.ts": "family",
    "newest_candidates.ts": "plan",
    "removals.ts": "plan",
    "outbox.ts": "facts.ts",
    "progress.ts": "family ordering.ts forecasts.ts phase.ts",
    "jobs.ts": "progress.ts job_turns.ts known_jobs.ts phase.ts",
    "keyed.ts": "family activity.ts newest_candidates.ts removals.ts resting.ts",
    "rows.ts": "plan family batches.ts differences.ts jobs.ts forecasts.ts held_back.ts schema.ts",
  },
  registrar: {
    tables: "",
    "records.ts": "tables",
    "send_commands.ts": "tables records.ts",
    signals: "tables records.ts",
    policies: "tables records.ts signals",
    erasures: "tables records.ts signals",
    holds: "tables records.ts jobs_over.ts signals",
    sweeps: "tables records.ts signals policies",
    "lost_jobs.ts": "records.ts signals erasures sweeps",
    "jobs_over.ts": "records.ts",
    "news.ts": "records.ts erasures sweeps lost_jobs.ts",
    "registrar.ts":
      "tables records.ts send_commands.ts signals policies erasures holds sweeps " +
      "jobs_over.ts lost_jobs.ts news.ts",
  },
  sources: {
    "fault.ts": "",
    "source.ts": "fault.ts",
    "provider.ts": "source.ts",
    "kinds.ts": "provider.ts",
    "answer.ts": "fault.ts",
    "http.ts": "fault.ts source.ts answer.ts",
    json: "fault.ts http.ts",
    "session_mode.ts": "",
    "cursor.ts": "fault.ts",
    "hand_over.ts": "source.ts",
    d1: "fault.ts source.ts provider.ts kinds.ts answer.ts session_mode.ts cursor.ts",
    seam: "fault.ts source.ts provider.ts kinds.ts answer.ts hand_over.ts http.ts json",
    vectara:
      "fault.ts source.ts provider.ts kinds.ts answer.ts session_mode.ts cursor.ts " +
      "hand_over.ts http.ts json",
    "open.ts": "source.ts provider.ts d1 seam vectara",
  },
  store: {
    tables: "",
    "deps.ts": "",
    "openapi.ts": "",
    client_sessions: "tables deps.ts openapi.ts",
    agent_sessions: "tables deps.ts openapi.ts",
    import: "tables openapi.ts",
    "describe.ts": "openapi.ts client_sessions agent_sessions",
  },
  page: {
    "call.ts": "",
    "context.ts": "call.ts",
    frame: "context.ts call.ts",
    sign_in: "call.ts context.ts frame",
    sweeps: "context.ts call.ts frame",
    holds: "context.ts call.ts frame",
    explain: "context.ts call.ts frame",
    activity: "context.ts call.ts frame",
    erasures: "context.ts call.ts frame",
    policies: "context.ts call.ts frame",
    overview: "context.ts call.ts frame sweeps policies erasures",
    "errors.tsx": "context.ts frame sign_in",
    "pages.tsx":
      "context.ts errors.tsx frame sign_in overview sweeps policies erasures holds " +
      "explain activity",
  },
  api: {
    http: "",
    openapi: "http",
    "docs_page.ts": "http",
    "docs.ts": "http openapi docs_page.ts",
    "metrics.ts": "http",
    "removals.ts": "http",
    "activity.ts": "http",
    policies: "http",
    sweeps: "http",
    erasures: "http",
    explain: "http",
    holds: "http",
    store: "http",
    webhooks: "http",
    "health.ts": "http",
    "app.ts":
      "http docs.ts metrics.ts removals.ts activity.ts health.ts policies sweeps erasures " +
      "explain holds store webhooks",
  },
};

/** The core is pure: these packages are all it may know. */
const CORE_PACKAGES = ["zod"];
/** What one file alone may import, so that it can be exchanged, and is called in one way. */
const ONE_FILE: Readonly<Record<string, { readonly file: string; readonly does: string }>> = {
  "node:crypto": { file: "core/values/hash.ts", does: "makes hashes" },
  croner: { file: "core/schedule/schedule.ts", does: "reads cron texts" },
};
/** Below the core nothing asks the world by itself: what it needs is an argument. */
const IMPURE =
  /\b(?:fetch|setTimeout|setInterval|queueMicrotask)\(|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.|\bprocess\b|\bconsole\.|\bcaches\b/;
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\1/g;

/** Reads every module below a folder and answers each import that points the wrong way, and each circle. */
export async function checkLayering(root: string): Promise<readonly string[]> {
  const files = (await readdir(root, { recursive: true }))
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.tsx?$/.test(file))
    .toSorted();
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const),
  );
  return [...texts.flatMap(([file, text]) => moduleFaults(file, text)), ...circles(texts)];
}

/** Modules that import each other, however far around; each circle is told once. */
function circles(texts: readonly (readonly [string, string])[]): readonly string[] {
  const imports = new Map(
    texts.map(([file, text]) => [
      file,
      specifiersOf(text)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.join(posix.dirname(file), specifier)),
    ]),
  );
  const found: string[] = [];
  const left = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const from = path.indexOf(file);
    if (from >= 0) {
      found.push(`a circle of imports: ${[...path.slice(from), file].join(" > ")}`);
    } else if (!left.has(file)) {
      for (const target of imports.get(file) ?? []) {
        walk(target, [...path, file]);
      }
      left.add(file);
    }
  };
  for (const [file] of texts) {
    walk(file, []);
  }
  return found;
}

/** What is wrong with one module: its path below src/, and its text. */
export function moduleFaults(file: string, text: string): readonly string[] {
  const code = withoutComments(text);
  const faults = specifiersOf(text).flatMap((specifier) => {
    const reason = importFault(file, specifier);
    return reason === null ? [] : [`src/${file} imports ${specifier}: ${reason}`];
  });
  const impure = file.startsWith("core/") ? IMPURE.exec(code) : null;
  return impure === null
    ? faults
    : [...faults, `src/${file} uses ${impure[0]}: the core takes it as an argument`];
}

function importFault(file: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) {
    return packageFault(file, specifier);
  }
  const target = posix.join(posix.dirname(file), specifier);
  const { folder, rooms } = partingOf(file, target);
  const [room, other] = rooms;
  const table = MAY_IMPORT[folder];
  if (table === undefined) {
    return file.includes("/", folder.length + 1) || target.includes("/", folder.length + 1)
      ? `nobody has said what the rooms of src/${folder} may import: add them to scripts/check/layering.ts`
      : null;
  }
  const allowed = table[room];
  if (allowed === undefined) {
    const path = folder === "" ? room : `${folder}/${room}`;
    return `nobody has said what ${path} may import: add it to scripts/check/layering.ts`;
  }
  return allowed.split(" ").includes(other)
    ? null
    : `${room} may import ${allowed.replaceAll(" ", ", ") || "nothing but itself"}`;
}

/** The folder in which the ways to two files part, and the rooms of it that they are in. */
function partingOf(
  file: string,
  target: string,
): { readonly folder: string; readonly rooms: readonly [string, string] } {
  const ways = [file.split("/"), target.split("/")] as const;
  const depth = ways[0].findIndex((name, index) => name !== ways[1][index]);
  const at = depth < 0 ? ways[0].length - 1 : depth;
  return { folder: ways[0].slice(0, at).join("/"), rooms: [ways[0][at] ?? "", ways[1][at] ?? ""] };
}

function packageFault(file: string, specifier: string): string | null {
  const only = ONE_FILE[specifier];
  if (only !== undefined) {
    return file === only.file ? null : `only src/${only.file} ${only.does}`;
  }
  return file.startsWith("core/") && !CORE_PACKAGES.includes(specifier)
    ? `the core may import ${CORE_PACKAGES.join(", ")} and nothing else`
    : null;
}

function specifiersOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(SPECIFIER)].flatMap(
    ([, , specifier]) => specifier ?? [],
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<![:"'`])\/\/.*$/gm, "");
}

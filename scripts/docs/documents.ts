import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commands, exitCodes } from "./command.ts";
import { faceRoutes, problemCodes, routes } from "./api.ts";
import {
  accessFields,
  accessPeople,
  keyFields,
  roles,
  sourceFields,
  variables,
  webhookFields,
} from "./configuration.ts";
import {
  activityKinds,
  dispositions,
  erasureBlockers,
  erasureStatuses,
  jobErrors,
  policyWaits,
  stopReasons,
  sweepStatuses,
} from "./reports.ts";
import { attention, callbackTypes, logEvents, metrics } from "./signals.ts";
import { custodianTables, registrarTables, storeTables } from "./storage.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The parts that are made from the code: in each file, by the name in their markers. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => readonly string[]>>>> = {
  "docs/CONFIG.md": {
    variables,
    "fields of API_KEYS": keyFields,
    roles,
    "fields of ACCESS": accessFields,
    "fields of people in ACCESS": accessPeople,
    "fields of SOURCES": sourceFields,
    "fields of WEBHOOKS": webhookFields,
  },
  "docs/API.md": {
    routes,
    "kinds of activity": activityKinds,
    "routes of the embedded store": faceRoutes,
    "problem codes": problemCodes,
  },
  "docs/COMMAND.md": { commands, "exit codes": exitCodes },
  "docs/STORAGE.md": {
    "tables of the store": storeTables,
    "tables of a Custodian": custodianTables,
    "tables of the Registrar": registrarTables,
  },
  "docs/GLOSSARY.md": {
    dispositions,
    "statuses of a sweep": sweepStatuses,
    "why a sweep was stopped": stopReasons,
    "statuses of an erasure": erasureStatuses,
    "blockers of an erasure": erasureBlockers,
    "what a policy waits for": policyWaits,
  },
  "docs/OPERATING.md": { "errors of jobs": jobErrors },
  "docs/SIGNALS.md": {
    attention,
    "log events": logEvents,
    metrics,
    "callback types": callbackTypes,
  },
};

/** Writes what differs, and answers the files that it wrote. */
export async function writeDocuments(): Promise<string[]> {
  const written: string[] = [];
  for (const file of Object.keys(PARTS)) {
    const text = await readFile(join(ROOT, file), "utf8");
    const made = renew(file, text);
    if (made !== text) {
      await writeFile(join(ROOT, file), made);
      written.push(file);
    }
  }
  return written;
}

/** The files that are not what the code says. */
export async function checkDocuments(): Promise<string[]> {
  const faults: string[] = [];
  for (const file of Object.keys(PARTS)) {
    const text = await readFile(join(ROOT, file), "utf8");
    if (renew(file, text) !== text) {
      faults.push(`${file} is not what the code says: npm run docs`);
    }
  }
  return faults;
}

/** A document with its parts made anew. Throws where the markers of one are not there. */
export function renew(file: string, text: string): string {
  return Object.entries(PARTS[file] ?? {}).reduce(
    (made, [name, make]) => place(made, name, make()),
    text,
  );
}

function place(text: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name}: made by npm run docs -->\n`;
  const end = `<!-- end of ${name} -->\n`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) {
    throw new Error(`the markers of "${name}" are not there: ${begin}${end}`);
  }
  return `${text.slice(0, from)}${begin}\n${lines.join("\n")}\n\n${text.slice(to)}`;
}

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Access } from "../../src/config/access.ts";
import { ApiKeys } from "../../src/config/keys.ts";
import { Sources } from "../../src/config/sources.ts";
import { Webhooks } from "../../src/config/webhooks.ts";
import { DISPOSITION_MEANINGS } from "../../src/core/count/disposition.ts";
import { ACTIVITY_MEANINGS } from "../../src/core/report/activity.ts";
import { ERASURE_STATUS_MEANINGS } from "../../src/core/report/erasure.ts";
import { BLOCKER_MEANINGS } from "../../src/core/report/erasure_blocker.ts";
import { POLICY_WAITS } from "../../src/core/report/policy_state.ts";
import { STOP_REASON_MEANINGS } from "../../src/core/report/stop_reason.ts";
import { SWEEP_STATUS_MEANINGS } from "../../src/core/report/sweep.ts";
import { EXIT_MEANINGS } from "../lethe/exit.ts";
import { faceRoutes, problemCodes, routes } from "./api.ts";
import { commands } from "./command.ts";
import { fieldsOf, roles, variables } from "./configuration.ts";
import { attention, callbackTypes, jobErrors, logEvents, metrics } from "./signals.ts";
import { objectTables, storeTables } from "./storage.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The parts that are made from the code: in each file, by the name in their markers. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => readonly string[]>>>> = {
  "docs/CONFIG.md": {
    variables,
    "fields of API_KEYS": () => fieldsOf(ApiKeys),
    roles,
    "fields of ACCESS": () => fieldsOf(Access),
    "fields of people in ACCESS": () => fieldsOf(Access.shape.people),
    "fields of SOURCES": () => fieldsOf(Sources),
    "fields of WEBHOOKS": () => fieldsOf(Webhooks),
  },
  "docs/API.md": {
    routes,
    "kinds of activity": () => meaningsOf(ACTIVITY_MEANINGS),
    "routes of the embedded store": faceRoutes,
    "problem codes": problemCodes,
  },
  "docs/COMMAND.md": { commands, "exit codes": () => meaningsOf(EXIT_MEANINGS) },
  "docs/STORAGE.md": {
    "tables of the store": storeTables,
    "tables of a Custodian": () => objectTables("custodian"),
    "tables of the Registrar": () => objectTables("registrar"),
  },
  "docs/GLOSSARY.md": {
    dispositions: () => meaningsOf(DISPOSITION_MEANINGS),
    "statuses of a sweep": () => meaningsOf(SWEEP_STATUS_MEANINGS),
    "why a sweep was stopped": () => meaningsOf(STOP_REASON_MEANINGS),
    "statuses of an erasure": () => meaningsOf(ERASURE_STATUS_MEANINGS),
    "blockers of an erasure": () => meaningsOf(BLOCKER_MEANINGS),
    "what a policy waits for": () => meaningsOf(POLICY_WAITS),
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
  const made = await differing();
  await Promise.all(made.map(({ file, text }) => writeFile(join(ROOT, file), text)));
  return made.map(({ file }) => file);
}

/** The files that are not what the code says. */
export async function checkDocuments(): Promise<string[]> {
  return (await differing()).map(({ file }) => `${file} is not what the code says: npm run docs`);
}

async function differing(): Promise<{ readonly file: string; readonly text: string }[]> {
  const read = Object.keys(PARTS).map(async (file) => {
    const before = await readFile(join(ROOT, file), "utf8");
    const text = renew(file, before);
    return text === before ? [] : [{ file, text }];
  });
  return (await Promise.all(read)).flat();
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

function meaningsOf(meanings: Readonly<Record<string, string>>): string[] {
  return Object.entries(meanings).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
}

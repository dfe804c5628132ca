import { unbroken } from "../../lethe/layout.ts";

/** The key that a person signs in with: made here, or one of their own `API_KEYS`. */
export interface PersonsKey {
  readonly file: string;
  /** Whether the key in the file counts. */
  readonly counts: boolean;
  /** Whether an earlier start left the file behind. */
  readonly is_there: boolean;
}

/** What to open and what to paste. Commands are not wrapped: they could not be pasted any more. */
export function nextSteps(url: string, { file, counts, is_there }: PersonsKey): string[] {
  const stale =
    counts || !is_there
      ? []
      : ["key     you set API_KEYS, so only your keys count:", `        not the one in ${file}`];
  return [
    ...stale,
    `open    ${url} and sign in with ${counts ? "the key" : "a key of yours"}`,
    "paste   in another terminal, in this folder:",
    `  export LETHE_URL=${url}`,
    `  export LETHE_KEY=${counts ? `$(cat ${shellWord(file)})` : "… # a key of yours"}`,
    "  npx lethe status",
  ];
}

/** How a policy that observes a live source comes to enforce. */
export function howToEnforce(id: string, url: string): string[] {
  return [
    `to enforce ${id}, see what it would remove, and then turn it:`,
    `  npx lethe preview ${id}`,
    `  ${url}/policies/${id}`,
    "  its first plan then waits for an approval: by another key, unless",
    "  FOUR_EYES is off",
  ];
}

/** What is kept, and how to go on. `option` names the folder, if it is not the usual one. */
export function goodBye(folder: string, option: string | null): string[] {
  const again = option === null ? "npm start" : `npm start -- --persist-to ${shellWord(option)}`;
  return [
    "Good-bye. Policies, reports, secrets and the embedded store are kept",
    `in ${folder}. To go on: ${again}`,
  ];
}

/** The command that decides about a plan that waits. */
export function approveWith(id: string): string {
  return unbroken(`to approve: npx lethe approve ${id}`);
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

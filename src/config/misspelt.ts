import { nearestName } from "../core/values/near_name.ts";

/** A variable that is set, that nobody reads, and that seems to mean the one that is asked for; null: none. */
export type Misspelt = (name: string) => string | null;

/**
 * Looks for variables that are misspelt. `ours` are the names that Lethe knows; a name that SOURCES or
 * WEBHOOKS mentions is known, too, even where they cannot be read.
 */
export function misspeltIn(
  env: Readonly<Record<string, unknown>>,
  ours: readonly string[],
): Misspelt {
  const strays = Object.keys(env).filter(
    (name) => !ours.includes(name) && env[name] !== "" && !isNamed(name, env),
  );
  return (name) => strays.find((stray) => nearestName(stray, [name]) !== null) ?? null;
}

/** Whether SOURCES or WEBHOOKS names a secret, as text or as a table. */
export function isNamed(name: string, env: Readonly<Record<string, unknown>>): boolean {
  return [env["SOURCES"], env["WEBHOOKS"]].some((value) => textOf(value).includes(`"${name}"`));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Says that a variable is not set, and which one may have been meant for it. */
export function notSet(name: string, misspelt: Misspelt): string {
  const stray = misspelt(name);
  return stray === null ? "not set" : `not set, but ${stray} is: rename it, or remove it`;
}

import { parseConfig } from "../../../src/config/config.ts";
import { Refusal } from "../../start/arguments.ts";
import { saysYes } from "../desk.ts";
import { newKey } from "./new_key.ts";
import type { RoleName } from "./roles.ts";
import type { World } from "../world.ts";
import { weaknessOf } from "./weak.ts";

/** What a person wants of a deployment. */
export interface Wanted {
  /** What is to be set, by name; nothing that is set already. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The keys that were made: shown once, and kept nowhere. */
  readonly keys: readonly { readonly name: string; readonly key: string }[];
}

export interface Asking extends Pick<World, "random"> {
  ask(question: string, isSecret: boolean): Promise<string>;
  say(text: string): void;
}

const ALL: readonly RoleName[] = ["operator", "approver", "privacy"];
const PROVIDERS = {
  SEAM_API_KEY: "Seam, for client sessions",
  VECTARA_API_KEY: "Vectara, for agent sessions",
};

/** Asks for what is not set yet. What is set is never replaced: another LETHE_SECRET recognises nothing. */
export async function askAll(set: ReadonlySet<string>, asking: Asking): Promise<Wanted> {
  const secrets: Record<string, string> = {};
  const keys: { name: string; key: string }[] = [];
  if (!set.has("LETHE_SECRET")) {
    secrets["LETHE_SECRET"] = await askSecret(asking);
  }
  if (!set.has("API_KEYS")) {
    const isAlone = await saysYes("Will one person alone look after it?", asking.ask);
    const people: readonly (readonly [string, readonly RoleName[]])[] = isAlone
      ? [["Your name, for reports and logs", ALL]]
      : [
          ["Name of who operates and asks for erasures", ["operator", "privacy"]],
          // With erasures to ask for, nobody would be left to approve them.
          ["Name of who approves", ["approver"]],
        ];
    let made: readonly unknown[] = [];
    for (const [question, roles] of people) {
      const before = made;
      const one = await askUntil(question, asking, (name) => ({
        name,
        ...newKey({ name, roles, workspaces: null }, before, asking.random),
      }));
      made = one.api_keys;
      keys.push({ name: one.name, key: one.key });
    }
    secrets["API_KEYS"] = JSON.stringify(made);
    if (isAlone && !set.has("FOUR_EYES")) {
      secrets["FOUR_EYES"] = "off";
    }
  }
  for (const [name, what] of Object.entries(PROVIDERS).filter(([one]) => !set.has(one))) {
    const key = (await asking.ask(`API key of ${what} (not shown; Enter for none): `, true)).trim();
    if (key !== "") {
      secrets[name] = key;
    }
  }
  if (!set.has("PLAN")) {
    const isPaid = await saysYes("Is the account on the Workers Paid plan?", asking.ask);
    secrets["PLAN"] = isPaid ? "paid" : "free";
  }
  refuseWrong(secrets);
  return { secrets, keys };
}

async function askSecret({ ask, say, random }: Asking): Promise<string> {
  for (;;) {
    const given = await ask("LETHE_SECRET (not shown; Enter makes a new one): ", true);
    if (given === "") {
      return Buffer.from(random(32)).toString("hex");
    }
    const weakness = weaknessOf(given);
    if (weakness === null) {
      return given;
    }
    say(`That secret is not taken: ${weakness}.`);
  }
}

/** Asks until the answer is one that `read` takes. */
export async function askUntil<T>(
  question: string,
  { ask, say }: Pick<Asking, "ask" | "say">,
  read: (answer: string) => T,
): Promise<T> {
  for (;;) {
    const answer = (await ask(`${question}: `, false)).trim();
    if (answer === "") {
      say("An answer is needed. Ctrl-C leaves.");
      continue;
    }
    try {
      return read(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      say(`${error.message}. Ctrl-C leaves.`);
    }
  }
}

/** The rules of the Worker itself; sources and hooks that are set already are not known here. */
function refuseWrong(secrets: Readonly<Record<string, string>>): void {
  const wrong = parseConfig(secrets).problems.filter(({ field }) =>
    Object.keys(secrets).some((name) => field.startsWith(name)),
  );
  if (wrong.length > 0) {
    throw new Refusal(wrong.map(({ field, message }) => `${field}: ${message}`).join("\n"));
  }
}

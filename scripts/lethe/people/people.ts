import { Identifier, isIdentifierType } from "../../../src/core/session/subject.ts";
import { Refusal } from "../../start/arguments.ts";
import type { World } from "../world.ts";

// What names a person is never repeated: no message below has a part of what was given.

/** The identifiers of one person: as `TYPE=VALUE`, or for `-` from the standard input, one a line. */
export async function readPerson(
  given: readonly string[],
  isExact: boolean,
  world: World,
): Promise<readonly Identifier[]> {
  const texts = given.includes("-")
    ? [...given.filter((one) => one !== "-"), ...(await lines(world))]
    : given;
  if (texts.length === 0) {
    throw new Refusal("nobody is named");
  }
  return texts.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) {
      throw new Refusal("a person is named by TYPE=VALUE, such as user_identifier_key=…");
    }
    const named = identify(text.slice(0, at), text.slice(at + 1), isExact);
    if (typeof named === "string") {
      throw new Refusal(`a person that was named: ${named}`);
    }
    return named;
  });
}

/** An identifier, or what is wrong with it, in a sentence without its value. */
export function identify(type: string, value: string, isExact: boolean): Identifier | string {
  // The schema names the types that there are; the word in front of "=" may be a part of a value.
  const read = Identifier.safeParse({ type, value, ...(isExact && { exact: true }) });
  if (read.success) {
    return read.data;
  }
  const [issue] = read.error.issues;
  return isIdentifierType(type) || issue?.path[0] === "type"
    ? (issue?.message ?? "wrong")
    : "unknown type";
}

async function lines({ ask, readInput }: World): Promise<readonly string[]> {
  const question = "TYPE=VALUE of the person (it is not shown): ";
  const text = ask === null ? await readInput() : await ask(question, true);
  return text.split(/\r?\n/).filter((line) => line !== "");
}

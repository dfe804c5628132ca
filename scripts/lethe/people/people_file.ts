import {
  isIdentifierType,
  IDENTIFIER_TYPES,
  type Identifier,
} from "../../../src/core/session/subject.ts";
import { Refusal } from "../../start/arguments.ts";
import { readText } from "../read_text.ts";
import { columnOf, readCsv } from "./csv.ts";
import { identify } from "./people.ts";
import type { World } from "../world.ts";

/** One person to be forgotten. */
export interface Row {
  /** The line of the file; null: the person was named on the command line or the input. */
  readonly line: number | null;
  readonly identifiers: readonly Identifier[];
  readonly reference: string | null;
}

/** Where a file says who. */
interface Columns {
  readonly column: string;
  readonly type: string;
  readonly exact: boolean;
  readonly reference: string | null;
}

/** How many lines are told of when they are wrong. */
const TOLD = 10;

/**
 * Reads the people of a CSV file; `-` is the standard input. One line that is wrong refuses the whole file,
 * before anything is asked for. A person who stands in it twice is asked for once.
 */
export async function readPeopleFile(
  file: string,
  { column, type, exact, reference }: Columns,
  world: Pick<World, "readInput">,
): Promise<readonly Row[]> {
  // Told once, and not of each line; the word itself may be a person, in the wrong place.
  if (!isIdentifierType(type)) {
    throw new Refusal(
      `--type: unknown type: use ${IDENTIFIER_TYPES.join(", ")} or metadata:<path>`,
    );
  }
  const text = file === "-" ? await world.readInput() : await readText(file);
  const read = readCsv(text);
  if (!read.ok) {
    throw new Refusal(`${file}: ${read.error}`);
  }
  const take = (title: string, flag: string) => {
    const values = columnOf(read.value, title);
    if (!values.ok) {
      throw new Refusal(`${file}: ${flag}: ${values.error}`);
    }
    return values.value;
  };
  const people = take(column, "--column");
  const names = reference === null ? null : take(reference, "--reference-column");
  const wrong: string[] = [];
  const rows = new Map<string, Row>();
  for (const [place, { line, value }] of people.entries()) {
    const named = identify(type, value, exact);
    if (typeof named === "string") {
      wrong.push(`line ${line}: ${named}`);
    } else if (!rows.has(value)) {
      const name = names?.[place]?.value ?? "";
      rows.set(value, { line, identifiers: [named], reference: name === "" ? null : name });
    }
  }
  if (wrong.length > 0) {
    const rest = wrong.length > TOLD ? [`and ${wrong.length - TOLD} more lines`] : [];
    throw new Refusal(
      [`${file}: nothing is asked for, because of`, ...wrong.slice(0, TOLD), ...rest].join("\n  "),
    );
  }
  if (rows.size === 0) {
    throw new Refusal(`${file} names nobody`);
  }
  return [...rows.values()];
}

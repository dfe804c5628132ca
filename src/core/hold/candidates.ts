import type { Hold, HoldSelector } from "./hold.ts";
import { comparableValues, INCOMPARABLE } from "../session/person.ts";
import { valueAt } from "../values/fields.ts";
import type { Scalar, Session } from "../session/session.ts";

const KEY = "user_identifier_key";
const METADATA = "metadata:";

/** Holds by one type of identifier, or one path of metadata. */
interface Shelf {
  readonly by_value: Map<Scalar, Hold[]>;
  readonly all: Hold[];
}

/**
 * The holds that look at what sessions say and may bind a session, some perhaps twice; one that is not among
 * them does not. A thousand holds are not compared with each of a million sessions: what a session says is looked up. A
 * value that cannot be compared calls for every hold by its type.
 */
export function holdCandidates(holds: readonly Hold[]): (session: Session) => readonly Hold[] {
  const types = new Map<string, Shelf>();
  const paths = new Map<string, Shelf>();
  for (const hold of holds) {
    for (const [type, value] of typesOf(hold.selector)) {
      put(types, type, value, hold);
      if (type.startsWith(METADATA)) {
        put(paths, type.slice(METADATA.length), value, hold);
      }
    }
    // All fields must agree, so the first tells enough.
    const [field] = hold.selector.kind === "metadata" ? Object.entries(hold.selector.fields) : [];
    if (field !== undefined) {
      put(paths, ...field, hold);
    }
  }
  return (session) => {
    const found: Hold[] = [];
    for (const { type, values } of session.person) {
      const shelves = [types.get(type), type.startsWith(METADATA) ? types.get(KEY) : undefined];
      for (const shelf of shelves) {
        take(shelf, values, found);
      }
    }
    for (const [path, shelf] of paths) {
      take(shelf, comparableValues(valueAt(session.metadata, path)), found);
    }
    return found;
  };
}

function typesOf(selector: HoldSelector): (readonly [string, Scalar])[] {
  return selector.kind === "subject"
    ? selector.identifiers.map(({ type, value }) => [type, value] as const)
    : [];
}

function put(shelves: Map<string, Shelf>, name: string, value: Scalar, hold: Hold): void {
  const shelf = shelves.get(name) ?? { by_value: new Map<Scalar, Hold[]>(), all: [] };
  shelves.set(name, shelf);
  shelf.all.push(hold);
  const same = shelf.by_value.get(value);
  if (same === undefined) {
    shelf.by_value.set(value, [hold]);
  } else {
    same.push(hold);
  }
}

function take(shelf: Shelf | undefined, values: readonly Scalar[], found: Hold[]): void {
  if (shelf === undefined) {
    return;
  }
  for (const value of values) {
    found.push(...(Object.is(value, INCOMPARABLE) ? shelf.all : (shelf.by_value.get(value) ?? [])));
  }
}

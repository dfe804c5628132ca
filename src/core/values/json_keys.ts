import { fieldPath, type FieldError } from "./field_error.ts";

/** So many of them are told: a text may hold thousands. */
const MOST_TOLD = 20;

const UNUSABLE_KEY = "this key cannot be used: remove it";
const REPEATED_KEY = "this key stands twice in one object: leave one of them";

/** An object or a list that is open at a place of the text. */
interface Level {
  /** Null: a list. */
  readonly keys: Set<string> | null;
  /** Where its value stands: the key, or the place in the list. */
  at: string | number;
  awaitsKey: boolean;
}

/**
 * The keys of a JSON text that a parsed document does not show as they were written: `__proto__`, which
 * records pass over, and a key that stands twice, of which the last counts. A condition that is lost so
 * makes a rule match more than was written. The text must be JSON.
 */
export function wrongKeys(text: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const { open, message } of findWrong(text)) {
    errors.push({ field: placeOf(open), message });
    if (errors.length === MOST_TOLD) {
      break;
    }
  }
  return errors;
}

/** The same of a document that was parsed elsewhere: `__proto__` alone shows in it. */
export function wrongKeysOf(document: unknown): FieldError[] {
  return wrongKeys(JSON.stringify(document) ?? "");
}

/** The place of the first key that stands twice in one object, whatever else is wrong before it. */
export function firstRepeated(text: string): string | null {
  for (const { open, message } of findWrong(text)) {
    if (message === REPEATED_KEY) {
      return placeOf(open);
    }
  }
  return null;
}

/** A wrong key, while the text stands at it: its place is written only where it is told. */
interface Wrong {
  readonly open: readonly Level[];
  readonly message: string;
}

function* findWrong(text: string): Iterable<Wrong> {
  const open: Level[] = [];
  for (let i = 0; i < text.length; i++) {
    const level = open.at(-1);
    switch (text.charAt(i)) {
      case "{":
        open.push({ keys: new Set(), at: "", awaitsKey: true });
        break;
      case "[":
        open.push({ keys: null, at: 0, awaitsKey: false });
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (level !== undefined) {
          level.awaitsKey = level.keys !== null;
          level.at = typeof level.at === "number" ? level.at + 1 : level.at;
        }
        break;
      case '"': {
        const end = endOfString(text, i);
        if (level?.keys !== null && level?.awaitsKey === true) {
          const key = JSON.parse(text.slice(i, end + 1)) as string;
          const message = wrongWith(key, level.keys);
          level.keys.add(key);
          level.at = key;
          level.awaitsKey = false;
          if (message !== null) {
            yield { open, message };
          }
        }
        i = end;
      }
    }
  }
}

function placeOf(open: readonly Level[]): string {
  return fieldPath(open.map(({ at }) => at));
}

function wrongWith(key: string, known: ReadonlySet<string>): string | null {
  if (key === "__proto__") {
    return UNUSABLE_KEY;
  }
  return known.has(key) ? REPEATED_KEY : null;
}

/** The place of the quote that closes a string. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') {
    // A backslash takes the next sign with it, a quote above all.
    end += text[end] === "\\" ? 2 : 1;
  }
  return end;
}

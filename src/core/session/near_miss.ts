import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import { INCOMPARABLE } from "./person.ts";
import type { Scalar, Session } from "./session.ts";
import { isAbout, type Identifier } from "./subject.ts";
import { says } from "../values/doc.ts";

/** In what a stored value may differ from the one that was asked for and still look the same. */
const NEAR_MISS_KINDS = ["type", "case", "unicode", "blanks"] as const;
type NearMissKind = (typeof NEAR_MISS_KINDS)[number];

/**
 * Sessions that a list showed and that were left, whose value only looks like one that was asked for. One
 * counts once in `sessions`, and under each kind of difference that it has. `at_least`: the list showed
 * likely spellings, and not every session.
 */
export const NearMisses = z
  .strictObject({
    sessions: wholeNumber,
    type: wholeNumber,
    case: wholeNumber,
    unicode: wholeNumber,
    blanks: wholeNumber,
    at_least: z.boolean(),
  })
  .meta(
    says(
      "Sessions that were left, and whose value only looks like one that was asked for: of another type, case or Unicode form (or with invisible characters), or with other white space at an edge. at_least: only likely spellings were looked up. Null: the source was not looked through",
    ),
  );
export type NearMisses = Readonly<z.infer<typeof NearMisses>>;

export function noNearMisses(atLeast: boolean): NearMisses {
  return { sessions: 0, type: 0, case: 0, unicode: 0, blanks: 0, at_least: atLeast };
}

/** Looks for the near misses of some identifiers; adds what one session, which matches none, is to them. */
export function nearMissesOf(
  identifiers: readonly Identifier[],
): (known: NearMisses, session: Session) => NearMisses {
  const byLooks = Map.groupBy(identifiers, ({ value }) => looksOf(value));
  return (known, session) => {
    const kinds = new Set<NearMissKind>();
    for (const field of session.person) {
      if (!identifiers.some((one) => isAbout(one, field))) {
        continue;
      }
      for (const value of field.values) {
        const alike = Object.is(value, INCOMPARABLE) ? [] : (byLooks.get(looksOf(value)) ?? []);
        for (const one of alike.filter((identifier) => isAbout(identifier, field))) {
          for (const kind of differencesOf(one.value, value)) {
            kinds.add(kind);
          }
        }
      }
    }
    return kinds.size === 0 ? known : add(known, kinds);
  };
}

/** Longer than a stored key may be. All spellings of a request are one value that is bound: 2 MB at most. */
const LONGEST = 1000;

/** Values that look like one and that a list by index can be asked for: few, and the likely ones. */
export function likelySpellings(value: Scalar): readonly string[] {
  const text = String(value).trim();
  if (text.length > LONGEST) {
    return [];
  }
  const forms = new Set([
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    text.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase()),
    text.normalize("NFC"),
    text.normalize("NFD"),
    text.normalize("NFKC"),
    ` ${text}`,
    `${text} `,
  ]);
  forms.delete("");
  forms.delete(String(value));
  return [...forms];
}

function add(known: NearMisses, kinds: ReadonlySet<NearMissKind>): NearMisses {
  const counted = NEAR_MISS_KINDS.map((kind) => [kind, known[kind] + Number(kinds.has(kind))]);
  return {
    ...known,
    sessions: known.sessions + 1,
    ...(Object.fromEntries(counted) as Record<NearMissKind, number>),
  };
}

const NOT_PLAIN = /[^ -~]/;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** What values that look the same have in common. */
function looksOf(value: Scalar): string {
  const text = String(value).trim();
  // Most values are plain, and a list may have a million of them.
  return NOT_PLAIN.test(text) ? foldForm(foldCase(foldForm(text))).trim() : text.toLowerCase();
}

function differencesOf(asked: Scalar, stored: Scalar): NearMissKind[] {
  if (asked === stored) {
    return [];
  }
  const [a, b] = [String(asked), String(stored)];
  const [bareA, bareB] = [a.trim(), b.trim()];
  const differs: Readonly<Record<NearMissKind, boolean>> = {
    type: typeof asked !== typeof stored,
    case: foldForm(bareA) !== foldForm(bareB),
    unicode: foldCase(bareA) !== foldCase(bareB),
    blanks: edgesOf(a) !== edgesOf(b),
  };
  const kinds = NEAR_MISS_KINDS.filter((kind) => differs[kind]);
  return kinds.length > 0 ? kinds : ["unicode"];
}

function edgesOf(text: string): string {
  const [start, end] = [text.trimStart(), text.trimEnd()];
  return JSON.stringify([text.slice(0, text.length - start.length), text.slice(end.length)]);
}

/** Upper case first: then a sharp s is a double one. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function foldForm(text: string): string {
  return text.normalize("NFKC").replaceAll(INVISIBLE, "");
}

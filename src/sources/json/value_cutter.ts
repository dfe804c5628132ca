import { ValuePasser } from "./value_passer.ts";
import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, OPEN_LIST, OPEN_OBJECT, QUOTE } from "./signs.ts";

/** What ends a number, true, false or null: space, tab, line ends, comma, both closing brackets. */
const BARE_ENDS: ReadonlySet<number> = new Set([
  0x20,
  0x09,
  0x0a,
  0x0d,
  0x2c,
  CLOSE_LIST,
  CLOSE_OBJECT,
]);

const FIRST_BYTES = 8192;
const NOT_JSON = "the answer is not JSON";

/** How far one value has come; `at` is the first byte that was not read. */
export type Cut =
  | { readonly kind: "more"; readonly at: number }
  | { readonly kind: "whole"; readonly at: number; readonly value: unknown; readonly bytes: number }
  /** Too large or too deep to be parsed: all of it so far. Reading on leads to its end, if that is not here. */
  | {
      readonly kind: "over";
      readonly at: number;
      readonly parts: readonly Uint8Array[];
      readonly isEnd: boolean;
    }
  /** The end of a value that was over. */
  | { readonly kind: "passed"; readonly at: number }
  | { readonly kind: "invalid"; readonly at: number; readonly detail: string };

/**
 * Cuts one JSON value out of pieces of bytes and parses it. It looks only for the value's end: strings,
 * escapes and nesting; the grammar inside is left to JSON.parse. A value inside one piece is not copied; one
 * that is too large is passed over.
 */
export class ValueCutter {
  readonly #mostBytes: number;
  readonly #mostDepth: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #held = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #depth = 0;
  /** The end of the value has been read. */
  #isEnd = false;
  /** Reads on in a value that is not kept. */
  #passer: ValuePasser | null = null;
  #isString = false;
  #isEscaped = false;
  #isBare = false;

  constructor(mostBytes: number, mostDepth: number) {
    this.#mostBytes = mostBytes;
    this.#mostDepth = mostDepth;
  }

  get buffered(): number {
    return this.#held.length;
  }

  /** Begins a value by its first byte, which `read` must then be given. */
  begin(byte: number): void {
    this.#passer = null;
    this.#length = 0;
    this.#depth = 0;
    this.#isString = false;
    this.#isEscaped = false;
    this.#isBare = byte !== QUOTE && byte !== OPEN_LIST && byte !== OPEN_OBJECT;
  }

  /** Reads on in a piece, up to the end of the value or of the piece. */
  read(piece: Uint8Array, from: number): Cut {
    if (this.#passer !== null) {
      return this.#pass(this.#passer, piece, from);
    }
    const at = this.#isBare ? this.#endOfBare(piece, from) : this.#endOfNested(piece, from);
    const part = piece.subarray(from, at);
    if (this.#length + part.length > this.#mostBytes || this.#depth > this.#mostDepth) {
      return this.#giveUp(part, at);
    }
    if (!this.#isEnd) {
      this.#hold(part);
      return { kind: "more", at };
    }
    if (this.#length === 0) {
      return this.#parse(part, at);
    }
    this.#hold(part);
    return this.#parse(this.#held.subarray(0, this.#length), at);
  }

  #endOfBare(piece: Uint8Array, from: number): number {
    let at = from;
    while (at < piece.length && !BARE_ENDS.has(piece[at] ?? 0)) {
      at += 1;
    }
    this.#isEnd = at < piece.length;
    return at;
  }

  /** The value is too large to be parsed: what there is of it is held to the grammar, and so is the rest. */
  #giveUp(part: Uint8Array, at: number): Cut {
    const parts = [this.#held.subarray(0, this.#length), part];
    const passer = new ValuePasser();
    // No number has so many digits.
    if (this.#isBare || parts.some((one) => passer.read(one, 0) !== one.length)) {
      return { kind: "invalid", at, detail: NOT_JSON };
    }
    this.#passer = passer;
    return { kind: "over", at, parts, isEnd: this.#isEnd };
  }

  #pass(passer: ValuePasser, piece: Uint8Array, from: number): Cut {
    const at = passer.read(piece, from);
    return at === null
      ? { kind: "invalid", at: from, detail: NOT_JSON }
      : { kind: passer.isEnd ? "passed" : "more", at };
  }

  /** Every byte of a list goes through here, so the state is kept in locals meanwhile. */
  #endOfNested(piece: Uint8Array, from: number): number {
    let depth = this.#depth;
    let isString = this.#isString;
    let isEscaped = this.#isEscaped;
    let at = from;
    let isWhole = false;
    while (at < piece.length && !isWhole && depth <= this.#mostDepth) {
      const byte = piece[at];
      at += 1;
      if (isString) {
        if (isEscaped) {
          isEscaped = false;
        } else if (byte === BACKSLASH) {
          isEscaped = true;
        } else if (byte === QUOTE) {
          isString = false;
          isWhole = depth === 0;
        }
      } else if (byte === QUOTE) {
        isString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        depth += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        depth -= 1;
        isWhole = depth === 0;
      }
    }
    this.#depth = depth;
    this.#isString = isString;
    this.#isEscaped = isEscaped;
    this.#isEnd = isWhole;
    return at;
  }

  #hold(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(
        Math.min(this.#mostBytes, Math.max(length, 2 * this.#held.length)),
      );
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(part, this.#length);
    this.#length = length;
  }

  #parse(bytes: Uint8Array, at: number): Cut {
    try {
      const value: unknown = JSON.parse(this.#decoder.decode(bytes));
      return { kind: "whole", at, value, bytes: bytes.length };
    } catch {
      // The reason would quote the value, and with it a person or a token.
      return { kind: "invalid", at, detail: NOT_JSON };
    }
  }
}

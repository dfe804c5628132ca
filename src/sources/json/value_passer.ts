import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from "./signs.ts";

/** Signs of numbers, true, false and null. */
const BARE_SIGN = /^[-+.0-9A-Za-z]$/;
const BARE = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** A longer bare value, a number of so many digits, is taken as it is. */
const LONGEST_BARE = 500;
const LETTER_U = 0x75;
const HEX = /^[0-9A-Fa-f]$/;
const ESCAPES: ReadonlySet<number> = new Set(
  Array.from('"\\/bfnrtu', (sign) => sign.charCodeAt(0)),
);

/** What may come next; `first_…` may be the closing bracket instead. */
type State = "value" | "first_value" | "key" | "first_key" | "colon" | "after" | "bare";

/**
 * Passes over one string, object or list that is too large to be parsed, and holds it to UTF-8 and the grammar of JSON
 * all the same: where a byte is missing, a bracket of the next row would close it, and the rows between be lost.
 */
export class ValuePasser {
  /** The brackets that are open, the outermost first: true for an object. */
  readonly #open: boolean[] = [];
  #state: State = "value";
  #isKey = false;
  #isString = false;
  #isEscaped = false;
  /** So many of them belong to an escape that has begun. */
  #hexDigits = 0;
  #bare = "";
  #isEnd = false;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** The end of the value has been read. */
  get isEnd(): boolean {
    return this.#isEnd;
  }

  /** Reads on, up to the end of the value or of the piece: the first byte not read; null: it is no JSON. */
  read(piece: Uint8Array, from: number): number | null {
    let at = from;
    while (at < piece.length && !this.#isEnd) {
      const byte = piece[at] ?? 0;
      at += 1;
      if (this.#isString ? !this.#readString(byte) : !this.#step(byte)) {
        return null;
      }
    }
    return this.#isText(piece.subarray(from, at)) ? at : null;
  }

  /** Every value ends in an ASCII sign, so that a character which was cut off fails there. */
  #isText(read: Uint8Array): boolean {
    try {
      this.#decoder.decode(read, { stream: true });
      return true;
    } catch {
      return false;
    }
  }

  #readString(byte: number): boolean {
    if (this.#hexDigits > 0) {
      this.#hexDigits -= 1;
      return HEX.test(String.fromCharCode(byte));
    }
    if (this.#isEscaped) {
      this.#isEscaped = false;
      this.#hexDigits = byte === LETTER_U ? 4 : 0;
      return ESCAPES.has(byte);
    }
    if (byte === BACKSLASH) {
      this.#isEscaped = true;
    } else if (byte === QUOTE) {
      this.#isString = false;
      this.#state = this.#isKey ? "colon" : "after";
      this.#isEnd = this.#open.length === 0;
    }
    return byte >= 0x20;
  }

  #step(byte: number): boolean {
    if (this.#state === "bare") {
      const sign = String.fromCharCode(byte);
      if (BARE_SIGN.test(sign)) {
        this.#bare += this.#bare.length < LONGEST_BARE ? sign : "";
        return true;
      }
      if (this.#bare.length < LONGEST_BARE && !BARE.test(this.#bare)) {
        return false;
      }
      this.#state = "after";
    }
    if (isSpace(byte)) {
      return true;
    }
    switch (this.#state) {
      case "value":
        return this.#begin(byte);
      case "first_value":
        return byte === CLOSE_LIST ? this.#close(false) : this.#begin(byte);
      case "first_key":
        return byte === CLOSE_OBJECT ? this.#close(true) : this.#beginKey(byte);
      case "key":
        return this.#beginKey(byte);
      case "colon":
        this.#state = "value";
        return byte === COLON;
      case "after":
        if (byte === COMMA) {
          this.#state = this.#open.at(-1) === true ? "key" : "value";
          return true;
        }
        return (byte === CLOSE_OBJECT || byte === CLOSE_LIST) && this.#close(byte === CLOSE_OBJECT);
    }
  }

  #begin(byte: number): boolean {
    this.#isKey = false;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const isObject = byte === OPEN_OBJECT;
      this.#open.push(isObject);
      this.#state = isObject ? "first_key" : "first_value";
      return true;
    }
    this.#isString = byte === QUOTE;
    if (!this.#isString) {
      this.#state = "bare";
      this.#bare = String.fromCharCode(byte);
    }
    return this.#isString || BARE_SIGN.test(this.#bare);
  }

  #beginKey(byte: number): boolean {
    this.#isKey = true;
    this.#isString = byte === QUOTE;
    return this.#isString;
  }

  #close(isObject: boolean): boolean {
    const isOpen = this.#open.pop() === isObject;
    this.#state = "after";
    this.#isEnd = this.#open.length === 0;
    return isOpen;
  }
}

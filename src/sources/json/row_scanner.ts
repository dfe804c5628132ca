import { ValueCutter } from "./value_cutter.ts";
import { CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE } from "./signs.ts";

/** Stands for a field that is too large or too deep to be parsed. No JSON value is a symbol. */
export const OVERSIZED: unique symbol = Symbol("oversized");

/** The fields that were asked for, as far as the row has them. */
export type WantedFields = Readonly<Record<string, unknown>>;

export type RowCut =
  | { readonly kind: "more"; readonly at: number }
  | { readonly kind: "whole"; readonly at: number; readonly row: WantedFields }
  | { readonly kind: "invalid"; readonly at: number; readonly detail: string };

/**
 * Reads one JSON object that is too large to be parsed as a whole, member by member. What is too large is
 * passed over, and what is not wanted is not kept: it holds no more than one member.
 */
export class RowScanner {
  readonly #wanted: ReadonlySet<string>;
  readonly #cutter: ValueCutter;
  readonly #row = new Map<string, unknown>();
  #state: "object" | "first_key" | "key" | "colon" | "member" | "after_member" = "object";
  #key = "";
  #cutting: "key" | "member" | null = null;

  constructor(wanted: ReadonlySet<string>, mostBytes: number, mostDepth: number) {
    this.#wanted = wanted;
    this.#cutter = new ValueCutter(mostBytes, mostDepth);
  }

  get buffered(): number {
    return this.#cutter.buffered;
  }

  /** Reads on in a piece, up to the end of the object or of the piece. */
  read(piece: Uint8Array, from: number): RowCut {
    for (let at = from; at < piece.length;) {
      if (this.#cutting !== null) {
        const cut = this.#cutter.read(piece, at);
        if (cut.kind === "invalid") {
          return cut;
        }
        at = cut.at;
        if (cut.kind === "whole") {
          this.#take(cut.value);
        } else if (cut.kind === "passed" || (cut.kind === "over" && cut.isEnd)) {
          this.#take(OVERSIZED);
        }
        continue;
      }
      const byte = piece[at] ?? 0;
      if (
        byte === CLOSE_OBJECT &&
        (this.#state === "first_key" || this.#state === "after_member")
      ) {
        return { kind: "whole", at: at + 1, row: Object.fromEntries(this.#row) };
      }
      if (!isSpace(byte) && !this.#step(byte)) {
        return { kind: "invalid", at, detail: "the answer is not JSON" };
      }
      // The first byte of a value belongs to the value.
      at += this.#cutting === null ? 1 : 0;
    }
    return { kind: "more", at: piece.length };
  }

  #take(value: unknown): void {
    if (this.#cutting === "key") {
      // A key that is too long to be read is none that is wanted.
      this.#key = typeof value === "string" ? value : "";
      this.#state = "colon";
    } else {
      if (this.#wanted.has(this.#key)) {
        this.#row.set(this.#key, value);
      }
      this.#state = "after_member";
    }
    this.#cutting = null;
  }

  /** Whether a byte outside a value may stand where it does. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case "object":
        this.#state = "first_key";
        return byte === OPEN_OBJECT;
      case "first_key":
      case "key":
        this.#begin("key", byte);
        return byte === QUOTE;
      case "colon":
        this.#state = "member";
        return byte === COLON;
      case "member":
        this.#begin("member", byte);
        return true;
      case "after_member":
        this.#state = "key";
        return byte === COMMA;
    }
  }

  #begin(what: "key" | "member", byte: number): void {
    this.#cutting = what;
    this.#cutter.begin(byte);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

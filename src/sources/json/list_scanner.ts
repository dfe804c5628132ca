import { err, ok } from "../../core/values/result.ts";
import { invalid, type Fault } from "../fault.ts";
import type { BodyReader } from "../http.ts";
import { ValueCutter } from "./value_cutter.ts";
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from "./signs.ts";

/** Stands for a field that is too large or too deep to be parsed. No JSON value is a symbol. */
export const OVERSIZED: unique symbol = Symbol("oversized");

/** A row up to this size is parsed as a whole; of a larger one, fields that are wanted and no larger. Bytes. */
export const VALUE_BYTES = 262_144;

/** Nesting of a value that is parsed. */
const VALUE_DEPTH = 64;

const WRONG_FORM =
  "the answer is not the JSON that was expected: check the endpoint of this source";

/** What the next byte outside a value may be. */
type State =
  | "envelope"
  | "first_key"
  | "key"
  | "colon"
  | "member"
  | "first_item"
  | "item"
  | "after_item"
  | "after_member"
  | "done";

/** Takes one parsed row and the bytes that it may take up; a fault ends the reading. */
export type TakeRow = (row: unknown, bytes: number) => Fault | null;

/** What is read of an answer. */
export interface ListShape {
  /** The member that holds the rows; null: there are none, and its members are all that is read. */
  readonly list: string | null;
  /** It holds one row instead of a list. */
  readonly single?: boolean;
  /** Of a row that is too large to be parsed as a whole. */
  readonly fields: ReadonlySet<string>;
  /** The other members that are read. */
  readonly members: ReadonlySet<string>;
  /** Takes one of them; a fault ends the reading. */
  readonly takeMember: (key: string, value: unknown) => Fault | null;
  /** Bytes of a row, a field or a member. */
  readonly value_bytes?: number;
}

interface LargeRow {
  readonly scanner: ListScanner;
  readonly found: Map<string, unknown>;
}

/**
 * Reads `{"<list>": […], …}` from pieces of bytes, cut anywhere, one row parsed at a time. It holds no more
 * than one value. Members may come in any order; unknown ones are passed over. In a row that is too large
 * what is not wanted is passed over, and what is wanted and too large itself is `OVERSIZED`.
 */
export class ListScanner {
  readonly #shape: ListShape;
  readonly #take: TakeRow;
  readonly #cutter: ValueCutter;
  /** The row that is read field by field. */
  #row: LargeRow | null = null;
  #state: State = "envelope";
  #key = "";
  #cutting: "key" | "item" | "member" | null = null;
  #hasList = false;
  #fault: Fault | null = null;

  constructor(shape: ListShape, take: TakeRow) {
    this.#shape = shape;
    this.#take = take;
    this.#cutter = new ValueCutter(shape.value_bytes ?? VALUE_BYTES, VALUE_DEPTH);
  }

  /** Bytes set aside for a value that began in an earlier piece. */
  get buffered(): number {
    return this.#cutter.buffered + (this.#row?.scanner.buffered ?? 0);
  }

  /** Reads one piece. The first fault stays: nothing after it is read. */
  push(piece: Uint8Array): Fault | null {
    const rest = piece.subarray(this.#read(piece, 0));
    if (this.#fault === null && !rest.every(isSpace)) {
      this.#fault = invalid(WRONG_FORM);
    }
    return this.#fault;
  }

  /** Reads on, up to the end of the object or of the piece: the first byte that was not read. */
  #read(piece: Uint8Array, from: number): number {
    let at = from;
    while (at < piece.length && this.#fault === null && this.#state !== "done") {
      if (this.#row !== null) {
        at = this.#readRow(this.#row, piece, at);
        continue;
      }
      if (this.#cutting !== null) {
        at = this.#cut(piece, at);
        continue;
      }
      const byte = piece[at] ?? 0;
      if (isSpace(byte)) {
        at += 1;
        continue;
      }
      this.#step(byte);
      // The first byte of a value belongs to the value.
      at += this.#cutting === null ? 1 : 0;
    }
    return at;
  }

  /** What is wrong when no more pieces come: null only for a list read to its very end. */
  end(): Fault | null {
    if (this.#fault !== null) {
      return this.#fault;
    }
    if (this.#state !== "done") {
      return { kind: "unavailable", detail: "the answer broke off before its end" };
    }
    const { list } = this.#shape;
    return this.#hasList || list === null ? null : invalid(`the answer holds no ${list}`);
  }

  #cut(piece: Uint8Array, from: number): number {
    const outcome = this.#cutter.read(piece, from);
    if (outcome.kind === "invalid") {
      this.#fault = invalid(outcome.detail);
    } else if (outcome.kind === "over" && this.#cutting === "item") {
      this.#openRow(outcome.parts, outcome.isEnd);
    } else if (outcome.kind === "whole") {
      this.#close(outcome.value, outcome.bytes);
    } else if (outcome.kind === "passed" || (outcome.kind === "over" && outcome.isEnd)) {
      this.#close(OVERSIZED, 0);
    }
    return outcome.at;
  }

  /** A row turned out to be too large: what is there of it is read again, field by field. */
  #openRow(parts: readonly Uint8Array[], isEnd: boolean): void {
    const found = new Map<string, unknown>();
    const takeMember = (key: string, value: unknown): null => {
      found.set(key, value);
      return null;
    };
    const shape = { ...this.#shape, list: null, members: this.#shape.fields, takeMember };
    const row = { scanner: new ListScanner(shape, this.#take), found };
    this.#row = row;
    for (const part of parts) {
      if (this.#fault === null && this.#row !== null) {
        this.#readRow(row, part, 0);
      }
    }
    if (isEnd && this.#row !== null) {
      this.#fault ??= invalid(WRONG_FORM);
    }
  }

  #readRow(row: LargeRow, piece: Uint8Array, from: number): number {
    const at = row.scanner.#read(piece, from);
    this.#fault = row.scanner.#fault;
    if (row.scanner.#state === "done") {
      this.#row = null;
      this.#close(Object.fromEntries(row.found), this.#shape.value_bytes ?? VALUE_BYTES);
    }
    return at;
  }

  /** The value that was being read has come to its end. */
  #close(value: unknown, bytes: number): void {
    const cut = this.#cutting;
    this.#cutting = null;
    if (cut === "item") {
      this.#state = this.#shape.single === true ? "after_member" : "after_item";
      this.#fault = this.#take(value, bytes);
    } else if (cut === "key") {
      this.#state = "colon";
      this.#key = typeof value === "string" ? value : "";
    } else {
      this.#state = "after_member";
      if (this.#shape.members.has(this.#key)) {
        this.#fault = this.#shape.takeMember(this.#key, value);
      }
    }
  }

  #step(byte: number): void {
    switch (this.#state) {
      case "envelope":
        return this.#expect(byte === OPEN_OBJECT, "first_key");
      case "first_key":
        return byte === CLOSE_OBJECT ? this.#expect(true, "done") : this.#begin("key", byte);
      case "key":
        return this.#begin("key", byte);
      case "colon":
        return this.#expect(byte === COLON, "member");
      case "member":
        return this.#key === this.#shape.list ? this.#open(byte) : this.#begin("member", byte);
      case "first_item":
        return byte === CLOSE_LIST ? this.#expect(true, "after_member") : this.#begin("item", byte);
      case "item":
        return this.#begin("item", byte);
      case "after_item":
        return byte === CLOSE_LIST
          ? this.#expect(true, "after_member")
          : this.#expect(byte === COMMA, "item");
      case "after_member":
        return byte === CLOSE_OBJECT
          ? this.#expect(true, "done")
          : this.#expect(byte === COMMA, "key");
      case "done":
        return undefined;
    }
  }

  #expect(isExpected: boolean, next: State): void {
    if (isExpected) {
      this.#state = next;
    } else {
      this.#fault = invalid(WRONG_FORM);
    }
  }

  #open(byte: number): void {
    const isSingle = this.#shape.single === true;
    // A second list under the same name would leave one of the two unread elsewhere.
    this.#expect(byte === (isSingle ? OPEN_OBJECT : OPEN_LIST) && !this.#hasList, "first_item");
    this.#hasList = true;
    if (isSingle) {
      this.#begin("item", byte);
    }
  }

  #begin(what: "key" | "item" | "member", byte: number): void {
    if (what === "key" && byte !== QUOTE) {
      this.#expect(false, this.#state);
      return;
    }
    this.#cutting = what;
    this.#cutter.begin(byte);
  }
}

/** A scanner as the reader of a body: what is not whole is not believed. */
export function readerOf(scanner: ListScanner, body: () => unknown): BodyReader {
  return {
    take: (part) => scanner.push(part),
    end: () => {
      const fault = scanner.end();
      return fault === null ? ok(body()) : err(invalid(fault.detail));
    },
  };
}

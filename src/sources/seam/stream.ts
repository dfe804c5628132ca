import { isJsonObject } from "../answer.ts";
import type { Fault } from "../fault.ts";
import { ValueCutter } from "./cutter.ts";

/** One session, or one other member of the envelope, may be this large. Bytes. */
export const VALUE_BYTES = 262_144;
const VALUE_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

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

/** Takes one parsed row and the bytes it was written in; a fault ends the reading. */
export type TakeRow = (row: unknown, bytes: number) => Fault | null;

/**
 * Reads `{"client_sessions": […], "ok": true, …}` from pieces of bytes, cut anywhere, one row parsed at
 * a time. It holds no more than one value. Members may come in any order; unknown ones are passed over.
 */
export class ListScanner {
  readonly #take: TakeRow;
  readonly #cutter = new ValueCutter(VALUE_BYTES, VALUE_DEPTH);
  #state: State = "envelope";
  #key = "";
  #cutting: "key" | "item" | "member" | null = null;
  #hasList = false;
  #fault: Fault | null = null;

  constructor(take: TakeRow) {
    this.#take = take;
  }

  /** Bytes set aside for a value that began in an earlier piece. */
  get buffered(): number {
    return this.#cutter.buffered;
  }

  /** Reads one piece. The first fault stays: nothing after it is read. */
  push(piece: Uint8Array): Fault | null {
    for (let at = 0; at < piece.length && this.#fault === null;) {
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
    return this.#fault;
  }

  /** What is wrong when no more pieces come: null only for a list read to its very end. */
  end(): Fault | null {
    if (this.#fault !== null) {
      return this.#fault;
    }
    if (this.#state !== "done") {
      return { kind: "unavailable", detail: "the list broke off before its end" };
    }
    return this.#hasList ? null : invalid("the answer holds no client_sessions array");
  }

  #cut(piece: Uint8Array, from: number): number {
    const outcome = this.#cutter.read(piece, from);
    if (outcome.kind === "invalid") {
      this.#fault = invalid(outcome.detail);
    } else if (outcome.kind === "whole") {
      const cut = this.#cutting;
      this.#cutting = null;
      if (cut === "item") {
        this.#state = "after_item";
        this.#fault = this.#take(outcome.value, outcome.bytes);
      } else if (cut === "key") {
        this.#state = "colon";
        this.#key = String(outcome.value);
      } else {
        this.#state = "after_member";
        this.#fault = judgeMember(this.#key, outcome.value);
      }
    }
    return outcome.at;
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
        return this.#key === "client_sessions" ? this.#open(byte) : this.#begin("member", byte);
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
        return this.#expect(false, "done");
    }
  }

  #expect(isExpected: boolean, next: State): void {
    if (isExpected) {
      this.#state = next;
    } else {
      this.#fault = invalid("the answer is not a JSON object with a list of sessions");
    }
  }

  #open(byte: number): void {
    // A second list under the same name would leave one of the two unread elsewhere.
    this.#expect(byte === OPEN_LIST && !this.#hasList, "first_item");
    this.#hasList = true;
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

function judgeMember(key: string, value: unknown): Fault | null {
  if (key === "ok" && value === false) {
    return invalid('the answer says "ok": false');
  }
  // The list has never had pages. If it gets them, one page must not pass for the whole.
  if (key === "pagination" && !(isJsonObject(value) && value["has_next_page"] === false)) {
    return invalid("the list came in pages, which this version does not read");
  }
  return null;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function invalid(detail: string): Fault {
  return { kind: "invalid", detail };
}

import type { Session } from "../core/session/session.ts";
import type { Sink } from "./source.ts";

/** Sessions are handed over in batches of so many, or of so many bytes as they were written. */
const MOST_ROWS = 500;
const MOST_BYTES = 262_144;

/** Hands sessions over in batches: so no list, however large, is in memory as a whole. */
export class HandOver {
  readonly #sink: Sink;
  #sessions: Session[] = [];
  #bytes = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Bytes that are not handed over yet. */
  get bytes(): number {
    return this.#bytes;
  }

  add(session: Session, bytes: number): void {
    this.#sessions.push(session);
    this.#bytes += bytes;
    if (this.#sessions.length >= MOST_ROWS || this.#bytes >= MOST_BYTES) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#sessions.length > 0) {
      this.#sink(this.#sessions);
    }
    this.#sessions = [];
    this.#bytes = 0;
  }
}

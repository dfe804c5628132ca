import { cut, table, wrap, type Cell } from "./layout.ts";
import { plain, plainLines } from "./plain.ts";
import { isDumb, paintFor, type Paint } from "../start/screen/paint.ts";
import type { World } from "./world.ts";

/** Where a command says what it found: in words for people, or as JSON lines for programs. */
export interface Output {
  readonly is_json: boolean;
  readonly paint: Paint;
  /** One line for people; nothing where the output is JSON. */
  line(text: string): void;
  /** A text for people in lines that fit, moved in; null: nothing. */
  say(text: string | null, indent?: string, paint?: (line: string) => string): void;
  /** Rows for people under their titles. */
  table(titles: readonly string[], rows: readonly (readonly Cell[])[], indent?: string): void;
  /** A text for people beside the output, whatever form that has. */
  complain(text: string): void;
  /** One JSON line; nothing where the output is for people. */
  record(value: unknown): void;
  /** The last line of a terminal, until anything else is said; nothing elsewhere. */
  live(text: string): void;
  /** Takes the live line away. */
  settle(): void;
}

const CLEAR = "\r\u001B[2K";

export function createOutput(world: World, isJson: boolean): Output {
  const isTerminal = world.columns !== null;
  const isLively = isTerminal && !isJson && !isDumb(world.env);
  const width = world.columns ?? Infinity;
  let isLive = false;
  const settle = (): void => {
    if (isLive) {
      world.write(CLEAR);
      isLive = false;
    }
  };
  const line = (text: string): void => {
    if (!isJson) {
      settle();
      world.write(`${plainLines(text)}\n`);
    }
  };
  return {
    is_json: isJson,
    paint: paintFor(isTerminal && !isJson, world.env),
    line,
    say: (text, indent = "", paint = (one) => one) => {
      const lines = text === null ? [] : wrap(text, width, indent);
      lines.map((one) => line(paint(one)));
    },
    table: (titles, rows, indent = "") => {
      table(titles, rows, width - indent.length).map((one) => line(indent + one));
    },
    complain: (text) => {
      wrap(text, 79).map(world.complain);
    },
    record: (value) => {
      if (isJson) {
        // JSON leaves C1 and bidi controls as they are, and spells the others in the same way.
        world.write(`${plain(JSON.stringify(value))}\n`);
      }
    },
    live: (text) => {
      if (isLively) {
        // One column is left free: some terminals wrap a line that is full.
        world.write(CLEAR + cut(plain(text), width - 1));
        isLive = true;
      }
    },
    settle,
  };
}

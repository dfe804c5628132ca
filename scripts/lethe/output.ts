import { cut } from "./layout.ts";
import { plain, plainLines } from "./plain.ts";
import { isDumb, paintFor, type Paint } from "../start/screen/paint.ts";
import type { World } from "./world.ts";

/** Where a command says what it found: in words for people, or as JSON lines for programs. */
export interface Output {
  readonly is_json: boolean;
  readonly paint: Paint;
  /** How many characters a line may have. */
  readonly width: number;
  /** One line for people; nothing where the output is JSON. */
  line(text: string): void;
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
  return {
    is_json: isJson,
    paint: paintFor(isTerminal && !isJson, world.env),
    width,
    line: (text) => {
      if (!isJson) {
        settle();
        world.write(`${plainLines(text)}\n`);
      }
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

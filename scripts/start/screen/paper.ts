import { wrap } from "../../lethe/layout.ts";
import { isDumb } from "./paint.ts";

/** As wide as the narrowest terminal that people use; a pipe has no width of its own. */
const COLUMNS = 80;

/** Where the lines of a start go. */
export interface Paper {
  /** How wide it is now. */
  columns(): number;
  line(text: string): void;
  /** On a terminal, a line that the next of its kind replaces; in a pipe, nothing. */
  passing(text: string): void;
}

/** `out` is standard output. */
export function paperOn(
  out: Pick<NodeJS.WriteStream, "isTTY" | "columns"> & { write(text: string): unknown },
  env: Readonly<Record<string, string | undefined>>,
): Paper {
  let isOpen = false;
  return {
    // A terminal that does not know its width says 0.
    columns: () => (out.isTTY && out.columns > 0 ? out.columns : COLUMNS),
    line: (text) => {
      out.write(`${isOpen ? "\n" : ""}${text}\n`);
      isOpen = false;
    },
    passing: (text) => {
      if (out.isTTY && !isDumb(env)) {
        out.write(`\r\u001B[2K${text}`);
        isOpen = true;
      }
    },
  };
}

/** A text in lines of a width, with room for what stands in front of the first of them. */
export function hang(front: string, text: string, width: number): [first: string, ...string[]] {
  const [first = "", ...rest] = wrap(text, width, " ".repeat(front.length));
  return [first.slice(front.length), ...rest];
}

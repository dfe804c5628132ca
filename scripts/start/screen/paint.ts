import { styleText } from "node:util";

/** Colours for a terminal; plain text for a pipe, and when NO_COLOR is set. */
export interface Paint {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** A terminal that obeys no sequences: it is written to like a pipe, line after line. */
export function isDumb(env: Env): boolean {
  return env["TERM"] === "dumb";
}

/** Any text in NO_COLOR but the empty one turns colours off. */
export function paintFor(isTerminal: boolean, env: Env): Paint {
  const isOn = isTerminal && !isDumb(env) && (env["NO_COLOR"] ?? "") === "";
  const by = (style: keyof Paint) => (text: string) =>
    isOn ? styleText(style, text, { validateStream: false }) : text;
  return { dim: by("dim"), bold: by("bold"), red: by("red"), yellow: by("yellow") };
}

/** Colours for a terminal; plain text for a pipe, and when NO_COLOR is set. */
export interface Paint {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** `noColor` is the variable NO_COLOR: any text but the empty one turns colours off. */
export function paintFor(isTerminal: boolean, noColor: string | undefined): Paint {
  const isOn = isTerminal && (noColor === undefined || noColor === "");
  const wrap =
    (on: number, off: number) =>
    (text: string): string =>
      isOn ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  return { dim: wrap(2, 22), bold: wrap(1, 22), red: wrap(31, 39), yellow: wrap(33, 39) };
}

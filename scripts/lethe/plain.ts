/** Characters that a terminal obeys, or that turn the order of the text: C0, C1, line ends and bidi controls. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text from a Worker or a file as it may stand in a line: what a terminal would obey is spelt out. */
export function plain(text: string): string {
  return text.replaceAll(
    OBEYED,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Lines that are written, with the colours of this command: anything else that a terminal would obey is spelt out. */
export function plainLines(text: string): string {
  const lines = text.split("\n").map((line) => {
    const [first = "", ...rest] = line.split(ESCAPE);
    return [
      plain(first),
      ...rest.map((part) => (COLOUR.test(part) ? ESCAPE : plain(ESCAPE)) + plain(part)),
    ].join("");
  });
  return lines.join("\n");
}

const ESCAPE = "\u001B";
/** What follows it where paint.ts has written it. */
const COLOUR = /^\[\d{1,2}m/;

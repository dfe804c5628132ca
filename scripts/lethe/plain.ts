/** Characters that a terminal obeys, or that turn the order of the text: C0, C1, line ends and bidi controls. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text from a Worker or a file as it may stand in a line: what a terminal would obey is spelt out. */
export function plain(text: string): string {
  return text.replaceAll(
    OBEYED,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text as JSON; null where it is none. The parser's own message would repeat a part of the text. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

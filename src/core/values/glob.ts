/** Whether a text matches a pattern in which `*` stands for any run of characters, and nothing else is special. */
export function matchesGlob(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) {
    return text === head;
  }
  const tail = rest.pop() ?? "";
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) {
    return false;
  }
  const end = text.length - tail.length;
  let from = head.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at === -1) {
      return false;
    }
    from = at + piece.length;
  }
  return from <= end;
}

/**
 * Whether every text that matches one pattern matches a wider one. The `*` of the inner pattern can only
 * fall to a `*` of the outer, which takes whatever stands for it.
 */
export function coversGlob(outer: string, inner: string): boolean {
  return matchesGlob(outer, inner);
}

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

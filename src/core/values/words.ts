/** A count as people read it: 12,345. */
export function figure(count: number): string {
  return count.toLocaleString("en-US");
}

/** A code as words: "needs approval", "sweep started". */
export function spelled(code: string): string {
  return code.replaceAll(/[_.]/g, " ");
}

/** A time in RFC 3339 to the minute, without its zone. */
export function minuteOf(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}`;
}

/** "1,266 deleted, 3 left in place"; what is nought is left out. */
export function countWords(counts: readonly (readonly [string, number])[], none: string): string {
  const said = counts.filter(([, count]) => count > 0);
  return said.map(([name, count]) => `${figure(count)} ${name}`).join(", ") || none;
}

/** Prints rows under a heading, columns aligned. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  console.log(`${title}\n${line(head)}\n${rows.map(line).join("\n")}\n`);
}

/** So many in so many milliseconds, as a rate a second. */
export function rate(count: number, ms: number): string {
  return `${Math.round((count * 1000) / ms).toLocaleString("en")}/s`;
}

export function ratio(value: number): string {
  return value.toFixed(2);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The last lines that were logged, and how they are shown: loaded once, before anything logs. */
const said: string[] = [];
const MOST = 200;
const { error: print } = console;

for (const level of ["log", "info", "warn", "error"] as const) {
  console[level] = (...parts: unknown[]): void => {
    said.push(parts.map(String).join(" "));
    said.splice(0, said.length - MOST);
  };
}

/** Lets what was logged until now be forgotten. */
export function forgetLines(): void {
  said.length = 0;
}

/** Prints what was logged since it was last forgotten. */
export function showLines(title: string): void {
  print([title, ...said].join("\n"));
}

/** The last lines that were logged: this module is loaded once, and so they are kept from file to file. */
const said: string[] = [];
const MOST = 200;
let print = console.error;

function hear(...parts: unknown[]): void {
  said.push(parts.map(String).join(" "));
  said.splice(0, said.length - MOST);
}

/** Keeps what a test file logs, and prints none of it. */
export function keepLines(): void {
  if (console.error !== hear) {
    print = console.error;
  }
  for (const level of ["log", "info", "warn", "error"] as const) {
    console[level] = hear;
  }
}

/** Lets what was logged until now be forgotten. */
export function forgetLines(): void {
  said.length = 0;
}

/** Prints what was logged since. */
export function showLines(title: string): void {
  print([title, ...said].join("\n"));
}

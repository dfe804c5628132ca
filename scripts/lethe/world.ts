/** How the command reaches the world. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder of the user. */
  readonly home: string;
  readonly fetch: typeof fetch;
  /** The width of the terminal; null: the output goes into a pipe or a file. */
  readonly columns: number | null;
  /** Writes to the output as it is. */
  write(text: string): void;
  /** Writes one line for people beside the output. */
  complain(line: string): void;
  /** Asks a person, who is not shown what is typed where it is a secret; null: there is nobody to ask. */
  readonly ask: ((question: string, isSecret: boolean) => Promise<string>) | null;
  /** Everything on the standard input. */
  readInput(): Promise<string>;
  /** Runs a program on this terminal and answers its exit code; `input` is what it reads. */
  run(program: string, args: readonly string[], input: string | null): Promise<number>;
  /** Runs a program without showing what it prints, and answers that. */
  read(program: string, args: readonly string[]): Promise<Printed>;
  now(): number;
  random(length: number): Uint8Array;
  /** Throws when the command was stopped. */
  sleep(ms: number): Promise<void>;
  /** Throws when the command was stopped. */
  goOn(): void;
  isStopped(): boolean;
  /** Nobody reads the output any more: that stops the command, too. */
  isUnread(): boolean;
}

/** What a program printed. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

import { parseArgs } from "node:util";

/** What a fake's command line was told. */
interface CommandFlags {
  port: number;
  sessions: number | undefined;
}

/** A fake as a command: its name, its usual port, how to start it and what to say then. */
export interface FakeCommand {
  script: string;
  title: string;
  port: number;
  start(flags: CommandFlags): Promise<{ url: string; close(): Promise<void> }>;
  greet(url: string): string;
}

const PORT_MAX = 65_535;
const SESSIONS_MAX = 10_000_000;

function help(command: FakeCommand): string {
  return `${command.title}

Usage: node ${command.script} [options]

  --port N       port on 127.0.0.1 (default ${command.port}; 0 takes a free one)
  --sessions N   N generated sessions, half of them due, not the small example
  --help         this text
`;
}

function wholeNumber(text: string, name: string, most: number): number {
  const value = /^\d{1,8}$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= most) {
    return value;
  }
  throw new Error(`--${name} must be a whole number from 0 to ${most}, not "${text}"`);
}

function readFlags(command: FakeCommand, args: string[]): CommandFlags | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string" },
      sessions: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    return undefined;
  }
  return {
    port: wholeNumber(values.port ?? String(command.port), "port", PORT_MAX),
    sessions:
      values.sessions === undefined
        ? undefined
        : wholeNumber(values.sessions, "sessions", SESSIONS_MAX),
  };
}

function explain(error: unknown, command: FakeCommand): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!message.includes("EADDRINUSE")) {
    return `${message}\nTry: node ${command.script} --help`;
  }
  return `${message}\nAnother process has that port. Choose another with --port.`;
}

/** Runs a fake until Ctrl-C; a wrong flag or a taken port ends with status 1 and says why. */
export async function runFake(command: FakeCommand, args: string[]): Promise<void> {
  try {
    const flags = readFlags(command, args);
    if (flags === undefined) {
      process.stdout.write(help(command));
      return;
    }
    const fake = await command.start(flags);
    const stop = (): void => {
      void fake.close().then(() => process.stdout.write("\nStopped.\n"));
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    process.stdout.write(`${command.greet(fake.url)}\nCtrl-C stops it.\n`);
  } catch (error) {
    process.stderr.write(`${explain(error, command)}\n`);
    process.exitCode = 1;
  }
}

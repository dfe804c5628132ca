import type { World } from "../../../scripts/lethe/world.ts";

/** A world in memory, and what the command said to it. */
export interface FakeWorld {
  readonly world: World;
  /** All that it wrote to its output. */
  out(): string;
  /** Its lines there, without those that a terminal had overwritten. */
  lines(): string[];
  /** What it said beside the output, each in one line. */
  errors(): string[];
}

/** A pipe, with nobody to ask and nothing to reach, except what is given. */
export function fakeWorld(given: Partial<World> = {}): FakeWorld {
  let out = "";
  const errors: string[] = [];
  return {
    world: {
      env: {},
      home: "/no/such/home",
      fetch: () => Promise.reject(new Error("this test reaches nothing")),
      columns: null,
      write: (text) => {
        out += text;
      },
      complain: (line) => errors.push(line.replaceAll("\n", " ")),
      ask: null,
      readInput: async () => "",
      run: () => Promise.reject(new Error("this test runs nothing")),
      read: () => Promise.reject(new Error("this test runs nothing")),
      now: () => Date.parse("2026-11-26T12:00:00Z"),
      random: (length) => new Uint8Array(length).fill(7),
      sleep: async () => {},
      goOn: () => {},
      isStopped: () => false,
      isUnread: () => false,
      ...given,
    },
    out: () => out,
    lines: () =>
      out
        .split("\n")
        .map((line) => line.split("\r").at(-1) ?? "")
        .filter((line) => line !== ""),
    errors: () => errors,
  };
}

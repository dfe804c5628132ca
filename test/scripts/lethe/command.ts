import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import { runLethe } from "../../../scripts/lethe/program.ts";
import type { World } from "../../../scripts/lethe/world.ts";
import { ENV, fakeApi, type FakeApi } from "./fake_api.ts";
import { fakeWorld, type FakeWorld } from "./fake_world.ts";

/** A run of the command against a fake Lethe. */
export interface Ran extends Pick<FakeWorld, "lines" | "errors" | "out"> {
  readonly code: number;
  readonly api: FakeApi;
  /** Each line of the output as JSON. */
  json(): unknown[];
}

/** Runs a command line, in a pipe if `world` does not say otherwise. */
export async function lethe(
  args: readonly string[],
  answers: Parameters<typeof fakeApi>[0] = {},
  world: Partial<World> = {},
): Promise<Ran> {
  const api = fakeApi(answers);
  const seen = fakeWorld({ env: ENV, fetch: api.fetch, ...world });
  const code = await runLethe(args, seen.world);
  return {
    ...seen,
    code,
    api,
    json: () => seen.lines().map((line) => JSON.parse(line) as unknown),
  };
}

/** A terminal of so many columns whose person gives these answers. */
export function terminal(
  columns: number,
  ...answers: readonly string[]
): Pick<World, "columns" | "ask"> & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    columns,
    asked,
    ask: async (question) => {
      asked.push(question);
      return answers[asked.length - 1] ?? "";
    },
  };
}

/** No line of a terminal is wrapped. */
export function expectNoWrap({ lines, errors }: Ran, columns: number): void {
  for (const line of [...lines(), ...errors().flatMap((text) => text.split("\n"))]) {
    expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
  }
}

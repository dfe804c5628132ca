import { readD1Migrations } from "@cloudflare/vitest-plugin";
import type { TestProject } from "vitest/node";
import { placeAssets } from "../../scripts/assets/place.ts";
import { startFakes, type Fakes } from "./fake_factory.ts";

declare module "vitest" {
  interface ProvidedContext {
    migrations: Awaited<ReturnType<typeof readD1Migrations>>;
    fakes: Fakes;
    /** Which random runs are played: so many from this seed on. */
    chaos: { readonly seeds: number; readonly from: number };
  }
}

/** Hands over what the tests cannot make themselves: they run where there are no files and no servers. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // All of it now: an asset that changes later starts every Worker anew that a test runs.
  await placeAssets({ hasReference: false }, () => undefined);
  project.provide("migrations", await readD1Migrations("migrations"));
  const { CHAOS_SEEDS = "6", CHAOS_FROM = "0" } = process.env;
  project.provide("chaos", { seeds: Number(CHAOS_SEEDS), from: Number(CHAOS_FROM) });
  const { fakes, close } = await startFakes();
  project.provide("fakes", fakes);
  return close;
}

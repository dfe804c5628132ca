import { readD1Migrations } from "@cloudflare/vitest-plugin";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    migrations: Awaited<ReturnType<typeof readD1Migrations>>;
  }
}

/** Hands the D1 migrations to the tests, which run where there is no file system. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("migrations", await readD1Migrations("migrations"));
}

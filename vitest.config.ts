import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { findChromium } from "./scripts/test/chromium.ts";
import { VARIABLES } from "./src/config/variables.ts";

/** Nothing is timed: this only ends what hangs, on a machine as slow as may be. */
const PATIENCE_MS = 60_000;

/** Begins with the random runs: small as their file is, nothing takes longer, and it would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's, not an array's
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/test/chaos/");
    return sorted.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}

// Three projects: the pure core in Node, the Worker in workerd, and the built Worker from outside.
// Those unit tests that start processes: `npm run test:fast` leaves them out.
const WITH_PROCESSES = [
  "test/fakes/fakes.test.ts",
  "test/scripts/state.test.ts",
  "test/scripts/installed.test.ts",
  "test/scripts/deploy_command.test.ts",
  "test/scripts/help.test.ts",
];

// Against the built Worker, too: in a real Chromium.
const BROWSER = ["test/page/browser/**/*.test.ts"];

export default defineConfig({
  test: {
    // Tests mostly wait: four files at a time take a third of the time, also on a machine of two cores.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [
            "**/node_modules/**",
            "test/**/*.wk.test.ts",
            "test/conformance/**",
            ...BROWSER,
            ...(process.env["LETHE_TEST_FAST"] === undefined ? [] : WITH_PROCESSES),
          ],
          environment: "node",
          // Half of the time went into fresh processes, and no file leaves anything behind.
          isolate: false,
          setupFiles: ["test/support/quiet_tests.ts"],
          testTimeout: PATIENCE_MS,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Set to nothing is not set: what a developer has in .dev.vars, such as a real key, reaches no test.
              bindings: {
                ...Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ""])),
                LETHE_SECRET: "a secret for tests, of more than 32 characters",
              },
            },
          }),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.wk.test.ts"],
          globalSetup: ["test/support/global_setup.ts"],
          // A workerd takes seconds to start: one for each worker, and each file begins with fresh state.
          isolate: false,
          setupFiles: [
            "test/support/with_docs.ts",
            "test/support/fresh_state.ts",
            "test/support/quiet_tests.ts",
          ],
          testTimeout: PATIENCE_MS,
          // What an object logs after the last test's end would be sent with the next message, which never
          // comes, and the file would wait for it for ever. quiet_tests.ts keeps the lines; one that is printed
          // all the same goes straight out.
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: "conformance",
          include: [
            "test/conformance/**/*.test.ts",
            // `npm test` says when it leaves them out.
            ...(findChromium() === null ? [] : BROWSER),
          ],
          environment: "node",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Three projects: the pure core in Node, the Worker in workerd, and the built Worker from outside.
export default defineConfig({
  test: {
    // Tests mostly wait: two at a time take half the time, also on a machine of two cores.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.wk.test.ts", "test/conformance/**"],
          environment: "node",
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { LETHE_SECRET: "a secret for tests, of more than 32 characters" },
            },
          }),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.wk.test.ts"],
          globalSetup: ["test/support/global_setup.ts"],
          // A workerd takes seconds to start: one for each worker, and each file begins with fresh state.
          isolate: false,
          setupFiles: ["test/support/fresh_state.ts"],
          // Nothing is timed: this only ends what hangs, on a machine as slow as may be.
          testTimeout: 60_000,
          // What an object logs after the last test's end is sent with the next message, which never comes:
          // the file would wait for it for ever. Not intercepted, a line is only printed.
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          environment: "node",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

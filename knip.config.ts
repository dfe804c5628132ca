import type { KnipConfig } from "knip";

/**
 * Two looks: at everything, and (`--production`) at what is shipped and the commands, which finds what only
 * tests use. A name that its own file uses, too, may be exported for a test.
 */
export default ({ production = false }: { readonly production?: boolean }): KnipConfig => ({
  workspaces: {
    ".": {
      entry: [
        "scripts/*.{ts,mjs}!",
        "bundle/no_json_schema.ts!",
        "scripts/start/leader.ts!",
        "bench/{main,worker}.ts!",
        "bench/peers/*.ts!",
        "test/fakes/*-command.ts!",
      ],
      project: [
        "src/**/*.{ts,tsx}!",
        "bundle/**/*.ts!",
        "scripts/**/*.{ts,mjs}!",
        "bench/**/*.ts!",
        "test/**/*.ts",
        "!test/client/**",
      ],
    },
    "test/client": { entry: ["*.test.ts"] },
  },
  ignoreExportsUsedInFile: production,
  // npm run deploy starts wrangler, which is not shipped; a test makes its terminal with script, of the system.
  ignoreBinaries: production ? ["wrangler"] : ["script"],
});

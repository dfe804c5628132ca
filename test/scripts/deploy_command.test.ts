import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { VARIABLES } from "../../src/config/variables.ts";

/** A wrangler that writes down what it is asked, and knows a database only once something was deployed. */
const WRANGLER = `#!/bin/sh
echo "$*" >> "$FAKE_LOG"
case "$1" in
  deploy) touch "$FAKE_LOG.deployed"; echo "Uploaded lethe" ;;
  d1)
    if [ -n "$FAKE_NEW" ] && [ ! -f "$FAKE_LOG.deployed" ]; then
      echo "Couldn't find a D1 DB named 'lethe-store' (bound as 'STORE') in the API." >&2
      exit 1
    fi
    echo "No migrations to apply!" ;;
esac
`;

/** The script of package.json as npm runs it, with the fake first on the path; what it asked of wrangler. */
async function runDeploy(args: string, env: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "lethe-deploy-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "asked");
  await writeFile(log, "");
  await writeFile(join(folder, "wrangler"), WRANGLER, { mode: 0o755 });
  // Fetched for /docs, it would be a changed asset, and start every Worker anew that another test runs.
  await writeFile(join(folder, "npm"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const path = [folder, "node_modules/.bin", process.env["PATH"]].join(delimiter);
  const { predeploy, deploy } = manifest.scripts;
  const ended = await promisify(execFile)("sh", ["-c", `${predeploy} && ${deploy} ${args}`], {
    env: { ...process.env, PATH: path, FAKE_LOG: log, ...env },
  }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );
  return { ...ended, asked: (await readFile(log, "utf8")).trim().split("\n") };
}

/** Of another configuration: in ours there is no such environment, and that would be refused. */
const STAGING = "--config other.toml --env staging";

describe("npm run deploy with a wrangler that writes down what it is asked", () => {
  test("migrates a database that is there, then deploys, both in the same environment", async () => {
    expect(await runDeploy(STAGING)).toMatchObject({
      code: 0,
      asked: [`d1 migrations apply STORE --remote ${STAGING}`, `deploy ${STAGING}`],
    });
  });

  test("lets the first deployment make the database, then migrates it", async () => {
    expect(await runDeploy(STAGING, { FAKE_NEW: "1" })).toMatchObject({
      code: 0,
      asked: [
        `d1 migrations apply STORE --remote ${STAGING}`,
        `deploy ${STAGING}`,
        `d1 migrations apply STORE --remote ${STAGING}`,
      ],
    });
  });

  test("asks for a dry run alone, and migrates nothing", async () => {
    const { code, asked } = await runDeploy(`--dry-run ${STAGING}`);
    expect({ code, asked }).toEqual({ code: 0, asked: [`deploy --dry-run ${STAGING}`] });
  });

  test("says in its own words that a file of variables is not there", async () => {
    const { code, asked, stderr } = await runDeploy("--env-file nowhere.env");
    expect({ code, asked }).toEqual({ code: 1, asked: [""] });
    expect(stderr).toBe("--env-file nowhere.env: there is no such file\n");
  });
});

test("npm run deploy -- --dry-run bundles with the real wrangler, asks for no account and names every binding", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lethe-deploy-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...env } = process.env;
  const path = ["node_modules/.bin", process.env["PATH"]].join(delimiter);
  const { stdout } = await promisify(execFile)(
    "sh",
    ["-c", `${manifest.scripts.deploy} --dry-run --outdir ${folder}`],
    { env: { ...env, PATH: path, CI: "1", WRANGLER_SEND_METRICS: "false" } },
  );
  const bindings = [...stdout.matchAll(/^env\.([A-Z_]+)/gm)].map(([, name]) => name);
  const described = Object.keys(manifest.cloudflare.bindings);
  expect(new Set(bindings)).toEqual(new Set(described.filter((name) => !(name in VARIABLES))));
  expect(stdout).toContain("--dry-run: exiting now.");
  expect(await readFile(join(folder, "index.js.map"), "utf8")).toContain("src/index.ts");
});

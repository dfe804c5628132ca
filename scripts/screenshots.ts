import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { apiClient, type ApiClient } from "./start/client.ts";
import { findChromium, openChromium } from "./test/chromium.ts";

// npm run screenshots: starts Lethe on its demonstration data, and pictures the main pages for docs/.

const FOLDER = "docs/screenshots";
const MOST_BYTES = 100 * 1024;
const SIZE = { width: 960, height: 640 };
/** The first sweeps of the demonstration data end meanwhile, and there is something to see. */
const WATCH_MS = 20_000;

const place = findChromium();
if (place === null) {
  throw new Error("there is no Chromium: install one, or set CHROMIUM to its path");
}
const state = await mkdtemp(join(tmpdir(), "lethe-screenshots-"));
const args = ["--", "scripts/start.ts", "--persist-to", state, "--port", "0"];
const start = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
const ended = once(start, "close");
const browser = await openChromium(place);
try {
  const url = await heardUrl();
  const key = (await readFile(join(state, "api_key"), "utf8")).trim();
  const paths = await prepare(apiClient(url, key, fetch));
  for (const [name, path] of Object.entries(paths)) {
    await picture(browser, url, key, name, path);
  }
} finally {
  await browser.close();
  start.kill("SIGINT");
  await ended;
  await rm(state, { recursive: true, force: true });
}

/** Where it runs, once its demonstration data is loaded. */
async function heardUrl(): Promise<string> {
  let url = "";
  for await (const line of createInterface({ input: start.stdout })) {
    url = /Lethe runs at (\S+)/.exec(line)?.[1] ?? url;
    if (line.includes("loaded")) {
      start.stdout.resume();
      return url;
    }
  }
  throw new Error("npm start ended by itself");
}

/** What is pictured: by name of the file, the path. */
async function prepare(client: ApiClient): Promise<Readonly<Record<string, string>>> {
  await client.put("/v1/policies/idle-conversations", {
    description: "Conversations that nobody has continued for two days",
    source: "agent_sessions",
    expire: [{ clock: "last_active_at", after: "P2D" }],
    mode: "enforce",
    brake: { percent: 20 },
  });
  const { id: sweep } = (await client.post("/v1/sweeps", { policy: "idle-conversations" })) as {
    id: string;
  };
  const { id: erasure } = (await client.post("/v1/erasures", {
    subject: { identifiers: [{ type: "user_identifier_key", value: "guest_0007" }] },
    reference: "case 2026-14",
    regulation: "gdpr",
  })) as { id: string };
  await new Promise((wake) => setTimeout(wake, WATCH_MS));
  return {
    overview: "/",
    policy: "/policies/expired-client-sessions",
    sweep: `/sweeps/${sweep}`,
    erasure: `/erasures/${erasure}`,
  };
}

async function picture(from: Browser, url: string, key: string, name: string, path: string) {
  const context = await from.newContext({ baseURL: url, viewport: SIZE, colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(`/sign-in?to=${encodeURIComponent(path)}`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(path);
  const file = `${FOLDER}/${name}.png`;
  await page.screenshot({ path: file });
  await context.close();
  const { size } = await stat(file);
  if (size > MOST_BYTES) {
    throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`);
  }
  console.log(`${file}: ${Math.ceil(size / 1024)} KiB`);
}

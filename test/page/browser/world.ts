import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { findChromium, openChromium } from "../../../scripts/test/chromium.ts";
import { spawnStart } from "../../conformance/start_command.ts";

/** A Lethe with its demonstration data, and a Chromium that looks at it. */
export interface World {
  readonly url: string;
  readonly key: string;
  /** Asks the API. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Asks again until the answer is as it is waited for. */
  until<T>(path: string, isIt: (answer: T) => boolean): Promise<T>;
  /** Somebody who is signed in, and what their browser has noticed. */
  signedIn(options?: BrowserContextOptions): Promise<Seat>;
  close(): Promise<void>;
}

const EVERY_MS = 500;
const MOST_TRIES = 240;

/** One browser window. */
interface Seat {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Requests to other hosts, reports of the Content-Security-Policy, errors of scripts. */
  readonly complaints: string[];
}

/** Starts both; they belong to all tests of a file. */
export async function openWorld(): Promise<World> {
  const place = findChromium();
  if (place === null) {
    throw new Error("there is no Chromium, and the test was not left out");
  }
  const folder = await mkdtemp(join(tmpdir(), "lethe-browser-"));
  const command = spawnStart(folder);
  const browser = await openChromium(place);
  const close = async (): Promise<void> => {
    await browser.close();
    command.signal("SIGINT");
    await command.ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const [, url = ""] = await command.until(/Lethe runs at (\S+)/);
    await command.until(/loaded/);
    const key = (await readFile(join(folder, "api_key"), "utf8")).trim();
    return { url, key, ...asking(url, key), signedIn: seats(browser, url, key), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function asking(url: string, key: string): Pick<World, "ask" | "until"> {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return (await answer.json()) as T;
  };
  const until = async <T>(path: string, isIt: (answer: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const answer = await ask<T>("GET", path);
      if (isIt(answer)) {
        return answer;
      }
      if (tries === MOST_TRIES) {
        throw new Error(`${path} still answers ${JSON.stringify(answer)}`);
      }
      await new Promise((wake) => setTimeout(wake, EVERY_MS));
    }
  };
  return { ask, until };
}

function seats(browser: Browser, url: string, key: string): World["signedIn"] {
  return async (options = {}) => {
    const context = await browser.newContext({ baseURL: url, ...options });
    const complaints: string[] = [];
    context.on("request", (request) => {
      if (new URL(request.url()).origin !== url) {
        complaints.push(`asked ${request.url()}`);
      }
    });
    context.on("weberror", (error) => complaints.push(`threw ${error.error().message}`));
    context.on("console", (message) => {
      if (message.type() === "error") {
        complaints.push(`${message.text()} (${message.page()?.url() ?? ""})`);
      }
    });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.getByLabel("API key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("/");
    return { page, context, complaints };
  };
}

import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import bundled from "@sparticuz/chromium";

/** Where others have put one. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The Chromium of this machine: one that CHROMIUM names, the one that came with `npm ci`, or an installed one. */
export type ChromiumPlace = { readonly path: string } | "bundled";

/** Null: there is none. */
export function findChromium(
  { platform, arch, env }: Pick<NodeJS.Process, "platform" | "arch" | "env"> = process,
  isThere: (path: string) => boolean = existsSync,
): ChromiumPlace | null {
  const named = env["CHROMIUM"] ?? "";
  if (named !== "") {
    return { path: named };
  }
  if (platform === "linux" && arch === "x64") {
    return "bundled";
  }
  const path = INSTALLED.find(isThere);
  return path === undefined ? null : { path };
}

/** What a test run without Chromium leaves out, and how to get it. */
export const WITHOUT_CHROMIUM =
  "left out: test/page/browser, for want of a Chromium; install one, or set CHROMIUM to its path";

/** Starts it, as a browser that keeps every rule of a page: arguments that come with it would lift some. */
export async function openChromium(place: ChromiumPlace): Promise<Browser> {
  const executablePath = place === "bundled" ? await bundled.executablePath() : place.path;
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

import { expect, it } from "vitest";
import { findChromium } from "../../scripts/test/chromium.ts";

const LINUX = { platform: "linux", arch: "x64", env: {} } as const;
const MAC = { platform: "darwin", arch: "arm64", env: {} } as const;
const isThere = (path: string): boolean => path.startsWith("/Applications/Google Chrome.app/");

it("takes the Chromium that came with npm ci, where there is one for the platform", () => {
  expect(findChromium(LINUX, () => false)).toBe("bundled");
  expect(findChromium({ ...LINUX, arch: "arm64" }, () => false)).toBeNull();
});

it("takes an installed one elsewhere, and finds none where there is none", () => {
  expect(findChromium(MAC, isThere)).toEqual({
    path: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  });
  expect(findChromium(MAC, () => false)).toBeNull();
});

it("takes the one that CHROMIUM names before any other", () => {
  const env = { CHROMIUM: "/opt/chromium" };
  expect(findChromium({ ...LINUX, env }, isThere)).toEqual({ path: "/opt/chromium" });
  expect(findChromium({ ...MAC, env }, isThere)).toEqual({ path: "/opt/chromium" });
});

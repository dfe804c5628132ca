import { hash } from "node:crypto";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readIfThere } from "../start/files.ts";

const run = promisify(execFile);

/** Whoever waits for this wants something else. */
const PATIENCE_MS = 20_000;

/** The one version that is taken, and what its archive must be: as a dependency it would bring 284 packages. */
export const SCALAR = {
  name: "@scalar/api-reference",
  version: "1.76.0",
  integrity:
    "sha512-pjqwnzmA9YK3ZX+IZSICMsywm4qI6HLSngR2py9H6TvFApHHuJjkTAd+gFJfnqJDzJuro8k7ji6JCtJ2U+Byng==",
  file: "package/dist/browser/standalone.js",
} as const;

type Package = Readonly<Record<keyof typeof SCALAR, string>>;

/** What stands first in the file: it says too which version is there. */
const bannerOf = ({ name, version }: Package): string =>
  `/*! ${name} ${version}, MIT License, Copyright (c) Scalar, https://github.com/scalar/scalar */\n`;

/** Fetches the archive of a package into a folder, and answers its path. */
export type Fetch = (spec: string, folder: string) => Promise<string>;

/** By npm, and so from the registry that the user has set. */
const fetchByNpm: Fetch = async (spec, folder) => {
  const quick = ["--fetch-retries=0", "--fetch-timeout=10000", "--ignore-scripts", "--silent"];
  const isWindows = process.platform === "win32";
  try {
    const { stdout } = await run(
      isWindows ? "npm.cmd" : "npm",
      ["pack", spec, "--pack-destination", folder, ...quick],
      { cwd: folder, shell: isWindows, timeout: PATIENCE_MS },
    );
    return join(folder, stdout.trim());
  } catch (cause) {
    throw new Error("npm could not fetch it", { cause });
  }
};

/**
 * Fetches the API reference and puts it at `target`. An archive that is not the one that was looked at is an
 * error, and nothing of it is kept.
 */
export async function placeReference(
  target: string,
  wanted: Package = SCALAR,
  fetch: Fetch = fetchByNpm,
): Promise<void> {
  // Written beside its place, and then renamed: a reader never sees half of it.
  const whole = `${target}.${process.pid}`;
  const folder = await mkdtemp(join(tmpdir(), "lethe-reference-"));
  try {
    const archive = await fetch(`${wanted.name}@${wanted.version}`, folder);
    const found = `sha512-${hash("sha512", await readFile(archive), "base64")}`;
    if (found !== wanted.integrity) {
      throw new Error(`${wanted.name}: the archive is ${found}, and must be ${wanted.integrity}`);
    }
    await run("tar", ["-xzf", archive, "-C", folder, wanted.file]);
    const script = await readFile(join(folder, wanted.file), "utf8");
    await writeFile(whole, bannerOf(wanted) + script);
    await rename(whole, target);
  } finally {
    await rm(whole, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the version that is wanted is there already. */
export async function hasReference(target: string, wanted: Package = SCALAR): Promise<boolean> {
  return (await readIfThere(target))?.startsWith(bannerOf(wanted)) ?? false;
}

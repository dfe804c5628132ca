import { readFile } from "node:fs/promises";

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** Reads package-lock.json and answers what is wrong with it. */
export async function checkLockFile(path: string): Promise<readonly string[]> {
  return lockFileFaults(JSON.parse(await readFile(path, "utf8")) as LockFile);
}

/**
 * npm leaves a platform's package out of the lock file without a word when it was not published yet at
 * that time, and `npm ci` then fails there. Where a package came from is the installer's own business.
 */
export function lockFileFaults({ packages }: LockFile): readonly string[] {
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isLocked(packages, path, name))
      .map(
        (name) =>
          `${path || "the project"} may need ${name}, which has no entry: choose a version of it that is published for every platform`,
      ),
  );
  const hosts = new Set(Object.values(packages).flatMap(({ resolved }) => hostOf(resolved)));
  const named = [...hosts].map(
    (host) =>
      `it names the host ${host}: write it with npm install --omit-lockfile-registry-resolved`,
  );
  return [...missing, ...named];
}

/** Whether a package resolves from another's folder upwards, as Node would look for it. */
function isLocked(packages: LockFile["packages"], from: string, name: string): boolean {
  if (`${from}${from === "" ? "" : "/"}node_modules/${name}` in packages) {
    return true;
  }
  const above = from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/")));
  return from !== "" && isLocked(packages, above, name);
}

function hostOf(url: string | undefined): string[] {
  return url !== undefined && URL.canParse(url) ? [new URL(url).host] : [];
}

import { hearTool } from "./tool.ts";

/**
 * What the Worker may weigh as it is uploaded, with gzip: what it needs, and room for the pages to come. A
 * package that comes in whole is above that.
 */
export const MOST_KIB = 240;

const FOLDER = "node_modules/.cache/bundle";

/** Bundles the Worker as a deployment does, without deploying, and answers what is wrong with the outcome. */
export async function checkBundle(): Promise<readonly string[]> {
  const { hasPassed, lines } = await hearTool("wrangler", [
    "deploy",
    "--dry-run",
    "--outdir",
    FOLDER,
  ]);
  return hasPassed ? bundleFaults(lines) : lines;
}

/** A bundle that is too large, or of which a part is missing: wrangler only warns of that. */
export function bundleFaults(lines: readonly string[]): string[] {
  const size = lines.map((line) => /gzip: ([\d.]+) KiB/.exec(line)?.[1]).find(Boolean);
  const faults = lines.filter((line) => line.includes("WARNING"));
  if (size === undefined) {
    faults.push("wrangler did not say how large the bundle is");
  } else if (Number(size) > MOST_KIB) {
    faults.push(`the bundle has ${size} KiB with gzip, and may have ${MOST_KIB}`);
  }
  return faults;
}

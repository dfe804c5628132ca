import { join } from "node:path";
import { writeApiDocuments } from "./api.ts";
import { copyGuides } from "./guides.ts";
import { hasReference, placeReference, SCALAR } from "./reference.ts";

const ASSETS = join(import.meta.dirname, "../../assets");
const REFERENCE = join(ASSETS, "scalar.js");

/**
 * Puts beside the Worker what it serves and the repository does not hold. Without a network /docs does without
 * the reference, so that is no reason to stop what comes next.
 */
export async function placeAssets(
  wanted: { readonly hasReference: boolean },
  say: (line: string) => void,
): Promise<void> {
  await writeApiDocuments(ASSETS);
  await copyGuides(join(import.meta.dirname, "../../docs"), join(ASSETS, "guides"));
  if (!wanted.hasReference || (await hasReference(REFERENCE))) {
    return;
  }
  say(`/docs: fetching ${SCALAR.name} ${SCALAR.version}, the API reference`);
  try {
    await placeReference(REFERENCE);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`/docs: goes without the API reference: ${why}`);
  }
}

import { join } from "node:path";
import { writeApiDocuments } from "./assets/api.ts";
import { copyGuides } from "./assets/guides.ts";
import { hasReference, placeReference, SCALAR } from "./assets/reference.ts";

// npm run assets: puts beside the Worker what it serves and the repository does not hold. Without a network
// /docs does without the reference, so that is no reason to stop what comes next.

const ASSETS = join(import.meta.dirname, "../assets");
const REFERENCE = join(ASSETS, "scalar.js");

await writeApiDocuments(ASSETS);
await copyGuides(join(import.meta.dirname, "../docs"), join(ASSETS, "guides"));
if (!(await hasReference(REFERENCE))) {
  console.log(`/docs: fetching ${SCALAR.name} ${SCALAR.version}, the API reference`);
  try {
    await placeReference(REFERENCE);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`/docs: goes without the API reference. ${why}`);
  }
}

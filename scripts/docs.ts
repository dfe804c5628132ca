import { writeDocuments } from "./docs/documents.ts";

// npm run docs: writes the parts of the documents that are made from the code anew.

for (const file of await writeDocuments()) {
  console.log(file);
}

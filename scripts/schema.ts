import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { policySchema } from "../src/core/policy/json_schema.ts";

// npm run schema: writes the published JSON Schema of policies anew.

const file = join(import.meta.dirname, "../docs/policy.schema.json");
await writeFile(file, `${JSON.stringify(policySchema(), null, 2)}\n`);

// What stands in for "zod" where the Worker is bundled (wrangler.toml): the parts that it uses. One package
// takes zod as a whole, and with it would come every language's messages and every kind of schema.
import * as z from "./zod_parts.ts";

export * from "./zod_parts.ts";
export { z, z as default };

// The parts of zod that the Worker uses: npm run check finds one that is missing here.

export {
  array,
  boolean,
  custom,
  discriminatedUnion,
  enum,
  guid,
  int,
  literal,
  looseObject,
  null,
  number,
  object,
  partialRecord,
  record,
  strictObject,
  string,
  tuple,
  undefined,
  union,
  unknown,
  ZodArray,
  ZodBoolean,
  ZodExactOptional,
  ZodObject,
  ZodOptional,
  ZodType,
} from "../node_modules/zod/v4/classic/schemas.js";
export { ZodError } from "../node_modules/zod/v4/classic/errors.js";
export { formatError, NEVER, registry } from "../node_modules/zod/v4/core/index.js";
export { toJSONSchema } from "../node_modules/zod/v4/core/json-schema-processors.js";
export * as iso from "../node_modules/zod/v4/classic/iso.js";

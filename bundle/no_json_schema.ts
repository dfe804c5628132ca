// What stands in for zod's makers of JSON Schema where the Worker is bundled (wrangler.toml). The Worker makes
// none: npm run assets makes the documents. But each of zod's schemas names its maker, and a bundler keeps them.

function madeBefore(): never {
  throw new Error("the Worker makes no JSON Schema: npm run assets does");
}

function makeLater(): typeof madeBefore {
  return madeBefore;
}

export {
  madeBefore as aggregateChecks,
  madeBefore as anyProcessor,
  madeBefore as arrayProcessor,
  madeBefore as bigintProcessor,
  madeBefore as booleanProcessor,
  madeBefore as catchProcessor,
  makeLater as createStandardJSONSchemaMethod,
  makeLater as createToJSONSchemaMethod,
  madeBefore as customProcessor,
  madeBefore as dateProcessor,
  madeBefore as defaultProcessor,
  madeBefore as enumProcessor,
  madeBefore as fileProcessor,
  madeBefore as functionProcessor,
  madeBefore as intersectionProcessor,
  madeBefore as js,
  madeBefore as lazyProcessor,
  madeBefore as literalProcessor,
  madeBefore as mapProcessor,
  madeBefore as nanProcessor,
  madeBefore as neverProcessor,
  madeBefore as nonoptionalProcessor,
  madeBefore as nullProcessor,
  madeBefore as nullableProcessor,
  madeBefore as numberProcessor,
  madeBefore as objectProcessor,
  madeBefore as optionalProcessor,
  madeBefore as pipeProcessor,
  madeBefore as prefaultProcessor,
  madeBefore as promiseProcessor,
  madeBefore as readonlyProcessor,
  madeBefore as recordProcessor,
  madeBefore as setProcessor,
  madeBefore as stringProcessor,
  madeBefore as successProcessor,
  madeBefore as symbolProcessor,
  madeBefore as templateLiteralProcessor,
  madeBefore as toJSONSchema,
  madeBefore as transformProcessor,
  madeBefore as tupleProcessor,
  madeBefore as undefinedProcessor,
  madeBefore as unionProcessor,
  madeBefore as unknownProcessor,
  madeBefore as voidProcessor,
};

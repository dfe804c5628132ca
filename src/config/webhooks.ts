import * as z from "zod";
import type { SourceVariables } from "./read_sources.ts";
import { SecretName } from "./sources.ts";
import { notSet } from "./misspelt.ts";
import { canSearch, IDENTIFIER_TYPES, isIdentifierType } from "../core/session/subject.ts";
import type { FieldError } from "../core/values/field_error.ts";
import { identifierTypesOf } from "../sources/kinds.ts";
import type { SourceConfig } from "../sources/provider.ts";

const identifierType = z
  .string()
  .refine(isIdentifierType, `one of ${IDENTIFIER_TYPES.join(", ")}, or metadata:<path>`)
  .refine(
    (type) => type !== "customer_key",
    "a delivery cannot say that it means a whole customer",
  );
const names = z.array(z.string().min(1).max(200)).min(1).max(100);

/** The value of WEBHOOKS. */
export const Webhooks = z.record(
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "a name of a hook is a-z, 0-9, _ and -, at most 63"),
  z.strictObject({
    dialect: z
      .enum(["standard"])
      .describe("`standard` is [Standard Webhooks](https://www.standardwebhooks.com)."),
    secrets: z
      .array(SecretName)
      .min(1)
      .max(5)
      .describe(
        "The _names_ of secrets, in capitals. Each secret holds `whsec_` and the base64 of 16 bytes or more; `v1,` before it, as some senders print it, is accepted.",
      ),
    identifiers: z
      .record(z.string().min(1).max(200), identifierType)
      .refine((fields) => Object.keys(fields).length > 0, "name at least one field")
      .describe(
        "Which field of the event holds which [identifier type](ERASURES.md#asking-for-one). `customer_key` is refused, because an event cannot confirm that a whole customer is meant.",
      ),
    max_per_hour: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe(
        "The limit of erasures in an hour. Above it, those that find something wait as `needs_approval`.",
      ),
    sources: names.optional().describe("Limits the hook's erasures to these sources."),
    scopes: names
      .optional()
      .describe("Limits the hook's erasures to these workspaces or agents, by their exact names."),
  }),
);

/** A declared deletion webhook, with its secrets looked up. */
export interface WebhookConfig extends Omit<z.output<typeof Webhooks>[string], "secrets"> {
  readonly secrets: readonly string[];
  /** Types it maps to that no source can search by: it would answer, and erase nobody. */
  readonly unsearchable: readonly string[];
}

/** The declared webhooks with their secrets, and what is wrong with them where they meet the sources. */
export function readWebhooks(
  declared: z.output<typeof Webhooks>,
  { text, misspelt }: Pick<SourceVariables, "text" | "misspelt">,
  sources: ReadonlyMap<string, SourceConfig>,
  problems: FieldError[],
): Map<string, WebhookConfig> {
  const webhooks = new Map<string, WebhookConfig>();
  for (const [name, hook] of Object.entries(declared)) {
    const secrets = hook.secrets.flatMap((secretName) => text(secretName) ?? []);
    for (const secretName of hook.secrets.filter((one) => text(one) === null)) {
      problems.push({
        field: `WEBHOOKS.${name}.secrets`,
        message: `the secret ${secretName} is ${notSet(secretName, misspelt)}`,
      });
    }
    const unknown = (hook.sources ?? []).filter((source) => !sources.has(source));
    for (const source of sources.size === 0 ? [] : unknown) {
      problems.push({
        field: `WEBHOOKS.${name}.sources`,
        message: `no such source: ${source}. The hook refuses its events until all that it names are there`,
      });
    }
    const meant = new Map(
      [...sources].filter(
        ([source]) => unknown.length === 0 && (hook.sources?.includes(source) ?? true),
      ),
    );
    const unsearchable = Object.entries(hook.identifiers).filter(
      ([, type]) => !isSearchable(type, meant),
    );
    for (const [path, type] of meant.size === 0 ? [] : unsearchable) {
      problems.push({
        field: `WEBHOOKS.${name}.identifiers.${path}`,
        message: `no source can search by ${type}, so the hook refuses its events: add the path to person_paths of a source, or map the field to another type`,
      });
    }
    webhooks.set(name, { ...hook, secrets, unsearchable: unsearchable.map(([, type]) => type) });
  }
  return webhooks;
}

function isSearchable(type: string, sources: ReadonlyMap<string, SourceConfig>): boolean {
  const asked = [{ type, value: "" }] as const;
  return [...sources.values()].some((source) => canSearch(asked, identifierTypesOf(source)));
}

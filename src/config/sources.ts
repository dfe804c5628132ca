import * as z from "zod";
import { LEAST_PER_SECOND } from "../core/pace/bucket.ts";
import { PROVIDER_NAMES } from "../sources/provider.ts";

/**
 * The name of a variable that holds a secret. Capitals only: a secret pasted in its place is refused, and
 * so never repeated in a problem.
 */
export const SecretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,99}$/, "write the name of a secret in capitals, not the secret itself")
  .refine((name) => !OUR_OWN.has(name), "this secret is Lethe's own: name another");

const OUR_OWN: ReadonlySet<string> = new Set(["LETHE_SECRET", "API_KEYS", "SOURCES", "WEBHOOKS"]);

/** The value of SOURCES. */
export const Sources = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "a name of a source is a-z, 0-9 and _, at most 48"),
  z.strictObject({
    provider: z
      .enum(PROVIDER_NAMES)
      .optional()
      .describe("What the account is at; `d1` is the embedded store."),
    endpoint: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe("The base URL, where it is not the provider's own."),
    secret: SecretName.optional().describe(
      "The _name_ of the secret that holds the key, in capitals. A secret pasted here is refused and not repeated.",
    ),
    per_second: z
      .number()
      .min(LEAST_PER_SECOND)
      .max(10_000)
      .optional()
      .describe("Paces all calls to the source. Default 5 upstream, unlimited embedded."),
    settle_seconds: z
      .number()
      .min(0)
      .max(3600)
      .optional()
      .describe("The pause between two read-backs of an erasure. Default 60, embedded 10."),
    person_paths: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^[^.]+(\.[^.]+)*$/, "write a dotted path such as profile.customer_id"),
      )
      .min(1)
      .max(20)
      .optional()
      .describe(
        "The paths in the metadata of agent sessions that name a person. Default `user_identifier_key` and `user_id`.",
      ),
    shared_children: z
      .boolean()
      .optional()
      .describe(
        "`true` says that sub-agent sessions may serve several people. An erasure then leaves a session that another one made (`shared`), unless the request names it by its own id.",
      ),
  }),
);

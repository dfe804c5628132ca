import * as z from "zod";
import type { Reach } from "../core/values/reach.ts";

/** The workspace of the documents' examples: what a key sees when it names none. */
export const DEFAULT_WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

/** Said among the workspaces of a key: it is bound to none. */
const EVERY_WORKSPACE = "*";

/** What an API key may do. */
export const KEY_SCOPES = [
  "policies:read",
  "policies:write",
  "sweeps:read",
  "sweeps:run",
  "sweeps:approve",
  "erasures:read",
  "erasures:write",
  "erasures:approve",
  "holds:read",
  "holds:write",
  "switch:read",
  "switch:write",
  "activity:read",
  "metrics:read",
  "sessions:read",
  "sessions:write",
  "sessions:delete",
  "*",
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Who may do what, and where: the fields of an API key and of somebody whom Access lets in. */
export const holder = {
  name: z.string().min(1).max(100).describe("Names the key in reports and logs."),
  scopes: z
    .array(z.enum(KEY_SCOPES))
    .min(1)
    .describe("What the key may do: [key scopes](API.md#key-scopes). `*` is everything."),
  workspaces: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "Binds the key to these workspaces of the embedded store: see [Keys of workspaces](#keys-of-workspaces). Without the field, or with `*` in it, the key is not bound.",
    ),
};

/** The value of API_KEYS. */
export const ApiKeys = z
  .array(
    z
      .strictObject({
        name: holder.name,
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, "the lower-case hex SHA-256 of the key")
          .describe("The SHA-256 of the key, in lower-case hex."),
        scopes: holder.scopes,
        workspaces: holder.workspaces,
      })
      .transform(withPlaces),
  )
  .min(1)
  .refine(
    (keys) => isDistinct(keys.map(({ name }) => name)),
    "two keys have the same name: give each its own",
  )
  .refine((keys) => isDistinct(keys.map((key) => key.sha256)), "two names have the same key");
export type ApiKey = z.output<typeof ApiKeys>[number];

/** Who asks: the holder of an API key, or somebody whom Access lets in. */
export interface Caller extends KeyPlaces {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
}

interface KeyPlaces {
  /** Where the API of client sessions looks, and creates them: in the first. */
  readonly workspaces: readonly string[];
  /** What it reaches by any route. */
  readonly reach: Reach;
  /** The workspaces that it may import into; null: every one, which moves whole stores. */
  readonly imports_into: readonly string[] | null;
}

/** Writes out where the holder of a key may go. */
export function withPlaces<
  K extends {
    readonly scopes: readonly KeyScope[];
    readonly workspaces?: readonly string[] | undefined;
  },
>({ workspaces, ...key }: K): Omit<K, "workspaces"> & KeyPlaces {
  return { ...key, ...readWorkspaces(workspaces, key.scopes.includes("*")) };
}

/**
 * Where a key may go. One that names its workspaces reaches them alone, by every route; one that names none
 * is the deployment's own, and only where it writes and reads sessions one by one has it one workspace.
 */
function readWorkspaces(given: readonly string[] | undefined, mayDoAll: boolean): KeyPlaces {
  const named = (given ?? []).filter((workspace) => workspace !== EVERY_WORKSPACE);
  const isBound = given !== undefined && !given.includes(EVERY_WORKSPACE);
  const workspaces = named.length === 0 ? [DEFAULT_WORKSPACE] : named;
  const importsAll = !isBound && (given !== undefined || mayDoAll);
  return {
    workspaces,
    reach: isBound ? named : null,
    imports_into: importsAll ? null : workspaces,
  };
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

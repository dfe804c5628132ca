import { hash } from "node:crypto";
import { ApiKeys } from "../../../src/config/keys.ts";
import { fieldErrors } from "../../../src/core/policy/policy.ts";
import { Refusal } from "../../start/arguments.ts";
import { jsonOrNull } from "../../start/json.ts";
import { scopesOf, type RoleName } from "./roles.ts";

/** What a key is to be. */
interface KeyWanted {
  readonly name: string;
  readonly roles: readonly RoleName[];
  /** Null: it is bound to none. */
  readonly workspaces: readonly string[] | null;
}

/** A key, and the value of API_KEYS that has it: its hash alone. */
interface NewKey {
  readonly key: string;
  readonly api_keys: readonly unknown[];
}

/** Makes a key of 32 random bytes, and adds it to the keys that there are. */
export function newKey(
  { name, roles, workspaces }: KeyWanted,
  present: readonly unknown[],
  random: (length: number) => Uint8Array,
): NewKey {
  // The embedded store's own clients take only keys that begin so.
  const key = `seam_lethe_${Buffer.from(random(32)).toString("hex")}`;
  const entry = {
    name,
    sha256: hash("sha256", key),
    scopes: scopesOf(roles),
    ...(workspaces !== null && { workspaces }),
  };
  const keys = [...present, entry];
  const read = ApiKeys.safeParse(keys);
  if (!read.success) {
    const [{ field, message } = { field: "", message: "" }] = fieldErrors(read.error);
    throw new Refusal(`these would be no API_KEYS: ${[field, message].filter(Boolean).join(": ")}`);
  }
  return { key, api_keys: keys };
}

/** The keys of a value of API_KEYS. */
export function readKeys(text: string): readonly unknown[] {
  const keys = jsonOrNull(text);
  if (Array.isArray(keys)) {
    return keys;
  }
  throw new Refusal("the present value is no value of API_KEYS: it is a JSON list");
}

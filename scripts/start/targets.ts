import { createHmac } from "node:crypto";
import { isLocal, type SourceConfig } from "../../src/sources/provider.ts";
import type { Target } from "./shipped_policy.ts";
import type { Variables } from "./variables.ts";

/**
 * Where each source points. The account behind an endpoint is told by a keyed hash of its credential:
 * with another key the same endpoint is another target.
 */
export function targetsOf(
  sources: ReadonlyMap<string, SourceConfig>,
  variables: Variables,
): ReadonlyMap<string, Target> {
  return new Map([...sources].map(([name, source]) => [name, targetOf(source, variables)]));
}

function targetOf(source: SourceConfig, variables: Variables): Target {
  if (source.endpoint === null) {
    return { id: "embedded", label: "the embedded store", is_local: true };
  }
  const account = createHmac("sha256", variables["LETHE_SECRET"] ?? "")
    .update(`target\n${source.credential ?? ""}`)
    .digest("hex");
  const holder = Object.entries(variables).find(([, value]) => value === source.credential)?.[0];
  return {
    id: `${source.provider} ${source.endpoint} ${account.slice(0, 16)}`,
    label: `${source.endpoint}, the account of ${holder ?? "its credential"}`,
    is_local: isLocal(source),
  };
}

import type { PolicyTargets } from "../../../src/kv/policies.ts";
import { policyTargets } from "../../../src/kv/targets.ts";
import { parseConfig } from "../../../src/config/config.ts";
import type { PolicyTarget } from "../../../src/core/policy/policy.ts";
import { CLOCKS } from "../../../src/core/session/session.ts";
import { Refusal } from "../../start/arguments.ts";

/** Gives the sources that one document may name, and what it may say about each. */
export type Targets = (document: unknown) => PolicyTargets;

/** The sources that this machine knows of: the two there always are, and those of the variable SOURCES. */
export function knownSources(variable: string | undefined): PolicyTargets {
  const { sources, problems } = parseConfig(variable === undefined ? {} : { SOURCES: variable });
  // The keys of the sources are in the deployment, and nothing here asks for them.
  const wrong = problems.filter(
    ({ field }) => field.startsWith("SOURCES") && !field.endsWith(".secret"),
  );
  if (wrong.length > 0) {
    throw new Refusal(wrong.map(({ field, message }) => `${field}: ${message}`).join("; "));
  }
  return policyTargets(sources);
}

const ANY: PolicyTarget = { clocks: CLOCKS, matches_metadata: true, has_parents: true };

/** Those sources, and any other: where the Worker has the last word, it may know more of them. */
export function alsoUnknown(known: PolicyTargets): Targets {
  return (document) => {
    const source =
      typeof document === "object" && document !== null && "source" in document
        ? document.source
        : null;
    return typeof source !== "string" || known.has(source)
      ? known
      : new Map([...known, [source, ANY]]);
  };
}

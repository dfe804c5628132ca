import * as z from "zod";
import type { HoldTarget } from "../../core/report/hold.ts";
import type { HoldSelector } from "../../core/hold/hold.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import type { ErasureLimits, ErasureReport } from "../../core/report/erasure.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { beyondReach, touchesReach, type Reach } from "../../core/values/reach.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { Caller } from "../../config/keys.ts";
import type { SourceConfig } from "../../sources/provider.ts";
import type { ApiContext } from "./context.ts";
import type { StoredPolicy } from "../../kv/policies.ts";
import { callerMay } from "./auth.ts";
import { problem } from "./problem.ts";

// The one place that says what a route may show to a key and do for it. What a key may not see is not
// there (404, or left out of a list); what it may not do is a 403 that names what it does not reach.

/** The reach of the caller's key; without one it is nothing. */
export function reachOf(c: ApiContext): Reach {
  const key = c.get("key");
  return key === null ? [] : key.reach;
}

/** Answers that the key does not reach what was asked. */
export function outOfReach(c: ApiContext, beyond: string) {
  return problem(c, "forbidden", {
    detail: `This key does not reach ${beyond}: use one that names it in its workspaces, or names none.`,
  });
}

/** What of some scopes of a source the caller's key does not reach; null: nothing. */
export function beyondOf(
  c: ApiContext,
  source: string,
  scopes: readonly string[] | null,
): string | null {
  return beyondReach(reachOf(c), reached(c, source), scopes);
}

/** The same of a policy: it reaches what it selects. */
export function beyondOfPolicy(c: ApiContext, policy: Policy): string | null {
  return beyondOf(c, policy.source, policy.match?.scope ?? null);
}

/** The same of a document that may be invalid: nobody can tell what that one reaches. */
export function beyondOfStored(c: ApiContext, stored: StoredPolicy): string | null {
  return stored.ok
    ? beyondOfPolicy(c, stored.value.policy)
    : beyondOfAll(c, "which an invalid document may mean");
}

/** The same of a document as it was once stored: rules may have changed since. */
export function beyondOfDocument(c: ApiContext, document: unknown): string | null {
  const read = Selection.safeParse(document);
  return read.success
    ? beyondOf(c, read.data.source, read.data.match?.scope ?? null)
    : beyondOfAll(c, "which an unreadable document may mean");
}

const Selection = z.looseObject({
  source: z.string(),
  match: z.looseObject({ scope: z.array(z.string()).optional() }).optional(),
});

/** Whether a policy may be about a scope. */
export function isAbout(policy: Policy, scope: string): boolean {
  const source = { name: policy.source, is_embedded: true };
  return touchesReach([scope], source, policy.match?.scope ?? null);
}

export function beyondOfSweep(c: ApiContext, { source, scopes }: SweepReport): string | null {
  return beyondOf(c, source, scopes);
}

/** Whether sessions that the caller's key reaches may be in the plan of a sweep. */
export function touchesSweep(c: ApiContext, { source, scopes }: SweepReport): boolean {
  return touchesReach(reachOf(c), reached(c, source), scopes);
}

/** An erasure reaches the scopes that it was limited to, in every source that it has a part in. */
export function beyondOfErasure(
  c: ApiContext,
  { sources, limited_to: { scopes } }: ErasureReport,
): string | null {
  for (const source of Object.keys(sources)) {
    const beyond = beyondOf(c, source, scopes);
    if (beyond !== null) {
      return beyond;
    }
  }
  return reachOf(c) !== null && scopes === null ? "every workspace" : null;
}

/**
 * Where an erasure of the caller's key looks: where the request says, or else in what the key reaches; or
 * what the request asks for beyond that.
 */
export function limitsInReach(
  c: ApiContext,
  { sources, scopes }: ErasureLimits,
): Result<ErasureLimits, string> {
  const reach = reachOf(c);
  if (reach === null) {
    return ok({ sources, scopes });
  }
  const limits = {
    sources: sources ?? embeddedNames(c.get("deps").config.sources.values()),
    scopes: scopes ?? reach,
  };
  if (limits.sources.length === 0) {
    return err("any source: none is in the embedded store");
  }
  for (const source of limits.sources) {
    const beyond = beyondOf(c, source, limits.scopes);
    if (beyond !== null) {
      return err(beyond);
    }
  }
  return ok(limits);
}

/** A hold on a person or on metadata binds in every scope. */
export function beyondOfHold(c: ApiContext, selector: HoldSelector | HoldTarget): string | null {
  switch (selector.kind) {
    case "session":
      return beyondOf(c, selector.source, [selector.scope]);
    case "scope":
      return beyondOf(c, selector.source, selector.globs);
    case "subject":
    case "metadata":
      return beyondOfAll(c, "which this hold would bind");
  }
}

/** Whether the caller's key may read the hold of an id, where there is one. */
export async function seesHold(c: ApiContext, id: string | null): Promise<boolean> {
  if (id === null || !callerMay(c, "holds:read")) {
    return false;
  }
  const hold = await c.get("deps").registrar.hold(id);
  return hold !== null && beyondOfHold(c, hold.selector) === null;
}

/** What is about the whole deployment, and so beyond every key that is bound to workspaces. */
export function beyondOfAll(c: ApiContext, why: string): string | null {
  return reachOf(c) === null ? null : `every workspace, ${why}`;
}

/** The sources in which a key may reach something. */
export function reachedSources(
  { reach }: Pick<Caller, "reach">,
  sources: ReadonlyMap<string, SourceConfig>,
): SourceConfig[] {
  return [...sources.values()].filter(({ name, endpoint }) =>
    touchesReach(reach, { name, is_embedded: endpoint === null }, null),
  );
}

/** The embedded sources: all that a key which is bound to workspaces reaches anything in. */
function embeddedNames(sources: Iterable<SourceConfig>): string[] {
  return [...sources].filter(({ endpoint }) => endpoint === null).map(({ name }) => name);
}

function reached(c: ApiContext, name: string) {
  return { name, is_embedded: c.get("deps").config.sources.get(name)?.endpoint === null };
}

import { describe, expect, test } from "vitest";
import { Policy, policyDigest } from "../../src/core/policy/policy.ts";
import { readShipped } from "../../scripts/start/policies.ts";
import {
  decideShipped,
  type ShippedPolicy,
  type StoredPolicy,
  type Target,
} from "../../scripts/start/shipped_policy.ts";

const policy = Policy.parse({
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
});
const digestIn = (mode: "enforce" | "observe"): string => policyDigest({ ...policy, mode });
const shipped: ShippedPolicy = {
  policy,
  digests: { enforce: digestIn("enforce"), observe: digestIn("observe") },
};
const embedded: Target = { id: "embedded", label: "the embedded store", is_local: true };
const loopback: Target = { id: "seam http://127.0.0.1:9001 a", label: "", is_local: true };
const live: Target = { id: "seam https://connect.getseam.com a", label: "", is_local: false };
const otherAccount: Target = { ...live, id: "seam https://connect.getseam.com b" };

function stored(changes: Partial<Policy>): StoredPolicy {
  const changed = { ...policy, ...changes };
  return { policy: changed, digest: policyDigest(changed) };
}

describe("a shipped policy at a start", () => {
  test.each([
    ["the embedded store", embedded, "enforce"],
    ["a loopback endpoint", loopback, "enforce"],
    ["a live endpoint", live, "observe"],
  ] as const)("is loaded for %s", (_, target, mode) => {
    const { write, memory } = decideShipped(shipped, null, null, target);
    expect(write?.mode).toBe(mode);
    expect(memory).toEqual({ digest: digestIn(mode), target: target.id });
  });

  test("that enforced on the embedded store observes on a live endpoint", () => {
    const remembered = { digest: digestIn("enforce"), target: embedded.id };
    const decision = decideShipped(shipped, stored({ mode: "enforce" }), remembered, live);
    expect(decision.write?.mode).toBe("observe");
  });

  test("that nobody touched enforces again when the source is embedded again", () => {
    const remembered = { digest: digestIn("observe"), target: live.id };
    const decision = decideShipped(shipped, stored({ mode: "observe" }), remembered, embedded);
    expect(decision.write?.mode).toBe("enforce");
  });

  test("is not written when nothing has changed", () => {
    const remembered = { digest: digestIn("enforce"), target: embedded.id };
    const decision = decideShipped(shipped, stored({ mode: "enforce" }), remembered, embedded);
    expect(decision.write).toBeNull();
  });

  test("that a person set to enforce on this account stays so", () => {
    const remembered = { digest: digestIn("observe"), target: live.id };
    const decision = decideShipped(shipped, stored({ mode: "enforce" }), remembered, live);
    expect(decision).toMatchObject({ write: null, reason: "yours" });
  });

  test("that a person set to enforce goes back to observe on another account", () => {
    const remembered = { digest: digestIn("observe"), target: live.id };
    const theirs = stored({ mode: "enforce", description: "mine" });
    const decision = decideShipped(shipped, theirs, remembered, otherAccount);
    expect(decision.write).toEqual({ ...theirs.policy, mode: "observe" });
    expect(decision.reason).toBe("back_to_observe");
  });

  test("that a person changed on the embedded store is theirs, and observes when it goes live", () => {
    const remembered = { digest: digestIn("enforce"), target: embedded.id };
    const theirs = stored({ mode: "enforce", verify: 100 });
    expect(decideShipped(shipped, theirs, remembered, embedded).write).toBeNull();
    const gone = decideShipped(shipped, theirs, remembered, live);
    expect(gone.write).toEqual({ ...theirs.policy, mode: "observe" });
    // What was written then is still theirs: the next start leaves it alone.
    const written = stored({ mode: "observe", verify: 100 });
    expect(decideShipped(shipped, written, gone.memory, live).write).toBeNull();
  });

  test("found enforcing on a live endpoint with no memory of it goes back to observe", () => {
    expect(decideShipped(shipped, stored({ mode: "enforce" }), null, live).write?.mode).toBe(
      "observe",
    );
  });

  test("that a person deleted stays away", () => {
    const remembered = { digest: digestIn("enforce"), target: embedded.id };
    expect(decideShipped(shipped, null, remembered, embedded).write).toBeNull();
  });
});

test("the policies of this repository are valid, and ship without enforcing", async () => {
  const all = await readShipped("policies");
  expect([...all.keys()]).toEqual(["expired-client-sessions", "stale-agent-sessions"]);
  expect([...all.values()].map((entry) => entry.policy.mode)).toEqual(["observe", "observe"]);
});

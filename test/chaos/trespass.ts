import type { Run } from "./run.ts";
import { B } from "./world.ts";

/** A key of one workspace tries what is beyond it: nothing of that may be done for it, or shown to it. */
export async function trespass({ world, judge, log }: Run): Promise<void> {
  const review = new Date(world.now + 86_400_000).toISOString();
  const hold = { ground: { text: "none" }, owner: "nobody", review_at: review };
  const scope = { kind: "scope", source: "client_sessions", globs: [B] };
  const policy = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT0S" }] };
  // What was asked without limits, by keys that reach everything.
  const theirs = judge.asked.find(({ scopes }) => scopes === null)?.id;
  const tries: readonly (readonly [string, string, unknown?])[] = [
    ["PUT", "/v1/switch", { paused: true, reason: "none" }],
    ["PUT", "/v1/switch", { paused: false }],
    ["POST", "/v1/holds", { selector: scope, ...hold }],
    ["PUT", "/v1/policies/client-sessions", policy],
    ["DELETE", "/v1/policies/client-sessions"],
    ["POST", "/v1/sweeps", { policy: "client-sessions" }],
    ["POST", "/v1/policies/client-sessions/preview", {}],
    ["POST", "/v1/erasures", erasureOf({ sources: ["client_sessions"], scopes: [B] })],
    ...judge.holds.map(({ id }) => ["POST", `/v1/holds/${id}/release`] as const),
    ...(theirs === undefined
      ? []
      : ([
          ["GET", `/v1/erasures/${theirs}`],
          ["POST", `/v1/erasures/${theirs}/cancel`, {}],
        ] as const)),
  ];
  for (const [method, path, json] of tries) {
    const { status } = await world.ask(method, path, "of_a", json);
    if (status !== 403 && status !== 404) {
      judge.wrongs.push(`a key of one workspace may ${method} ${path}: ${status}`);
    }
  }
  log.push("the key of one workspace has tried the others");
}

function erasureOf(limits: Readonly<Record<string, readonly string[]>>) {
  return {
    subject: { identifiers: [{ type: "user_identifier_key", value: "p0" }] },
    ...limits,
  };
}

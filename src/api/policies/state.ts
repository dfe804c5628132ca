import * as z from "zod";
import { POLICY_ID } from "../../core/policy/policy.ts";
import { PolicyState } from "../../core/report/policy_state.ts";
import { POLICY_ID_RULE } from "../../kv/policies.ts";
import { isUnread, readCurrent, type CurrentEntry } from "../../kv/read_current.ts";
import { policyTargets } from "../../kv/targets.ts";
import { mayDo } from "../http/auth.ts";
import type { ApiContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { beyondOfAll, outOfReach, reachOf } from "../http/reach.ts";
import { answerOf, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { doc, docOf } from "../../core/values/doc.ts";

const stateRoute = createRoute({
  method: "get",
  path: "/v1/policies/{id}/state",
  summary: doc("Read how a policy is doing"),
  ...needs(
    "sweeps:read",
    doc(
      "Its last sweep, what was removed lately, what is left, when it runs next and what it waits for. It is a route of its own because `GET /v1/policies/{id}` answers the bare document, as it is PUT. A key that is bound to workspaces is refused: earlier versions may have reached more.",
    ),
  ),
  request: { params: z.strictObject({ id: z.string().regex(POLICY_ID, POLICY_ID_RULE) }) },
  responses: docOf(() => ({
    200: answerOf("The state", PolicyState),
    ...refusals("invalid_request", "policy_not_found"),
  })),
});

/** `/v1/policies/{id}/state`. */
export function registerPolicyState(app: App): void {
  app.openapi(stateRoute, async (c) => {
    const beyond = beyondOfAll(c, "which an earlier version may have reached");
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const { policies: kv, config, registrar } = c.get("deps");
    const { id } = c.req.valid("param");
    const current = await readCurrent(kv, registrar, [id], policyTargets(config.sources));
    const [state] = await readStates(c, current);
    return state === undefined ? problem(c, "policy_not_found") : c.json(state, 200);
  });
}

/** Whether the caller's key sees how policies are doing: what its sweeps did, under whatever version. */
export function seesStates(c: ApiContext): boolean {
  const key = c.get("key");
  return key !== null && reachOf(c) === null && mayDo(key, "sweeps:read");
}

/** How those policies are doing that there are, in their order. */
export async function readStates(
  c: ApiContext,
  current: readonly CurrentEntry[],
): Promise<readonly PolicyState[]> {
  const asked = current.flatMap(({ id, entry }) => {
    if (entry === null) {
      return [];
    }
    const wrong = isUnread(entry) ? ("policy_unread" as const) : ("policy_invalid" as const);
    return [{ id, shown: entry.ok ? entry.value.policy : wrong }];
  });
  return asked.length === 0 ? [] : c.get("deps").registrar.policyStates(asked);
}

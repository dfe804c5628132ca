import { PolicyState } from "../../core/report/policy_state.ts";
import { isUnread, type CurrentEntry } from "../../kv/read_current.ts";
import { callerMay } from "../http/auth.ts";
import type { ApiContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { beyondOfAll, outOfReach, reachOf } from "../http/reach.ts";
import { answerOf, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { ONE_POLICY, readNewest } from "../http/stored_policy.ts";
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
  request: { params: ONE_POLICY },
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
    const [state] = await readStates(c, await readNewest(c, [c.req.valid("param").id]));
    return state === undefined ? problem(c, "policy_not_found") : c.json(state, 200);
  });
}

/** Whether the caller's key sees how policies are doing: what its sweeps did, under whatever version. */
export function seesStates(c: ApiContext): boolean {
  return reachOf(c) === null && callerMay(c, "sweeps:read");
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

import { actorOf } from "../http/auth.ts";
import { readJsonBody } from "../http/body.ts";
import { readSwitch, SwitchBody } from "./request.ts";
import { SwitchReport } from "../../core/report/hold.ts";
import { notInForce } from "./holds.ts";
import { invalidField, problem } from "../http/problem.ts";
import { beyondOf, beyondOfAll, outOfReach, reachOf } from "../http/reach.ts";
import { answerOf, bodyOf, bodyRefusals, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { doc, docOf } from "../../core/values/doc.ts";

const getRoute = createRoute({
  method: "get",
  path: "/v1/switch",
  summary: doc("Read whether removals are paused"),
  ...needs(
    "switch:read",
    doc(
      "Which sources are paused, until when, by whom and why. `turns` says who turned it on and off, and when.",
    ),
  ),
  responses: docOf(() => ({ 200: answerOf("The switch", SwitchReport), ...refusals() })),
});

const putRoute = createRoute({
  method: "put",
  path: "/v1/switch",
  summary: doc("Pause or resume every removal, of one source or of all"),
  ...needs("switch:write", "", readJsonBody()),
  request: {
    body: bodyOf(SwitchBody, { paused: true, reason: "the last deployment is looked into" }),
  },
  responses: docOf(() => ({
    200: answerOf("Obeyed by every source: calls that were under way have ended", SwitchReport),
    ...bodyRefusals("not_in_force"),
  })),
});

/** `/v1/switch`. */
export function registerSwitch(app: App): void {
  app.openapi(getRoute, async (c) => {
    const turned = await c.get("deps").registrar.switchState();
    const sessions = turned.too_late.sessions.filter(
      ({ source, scope }) => beyondOf(c, source, [scope]) === null,
    );
    // What was written of other tenants' pauses is theirs.
    const turns = reachOf(c) === null ? turned.turns : [];
    return c.json({ ...turned, turns, too_late: { ...turned.too_late, sessions } }, 200);
  });

  app.openapi(putRoute, async (c) => {
    const { registrar, config, now } = c.get("deps");
    const change = readSwitch(c.req.valid("json"), config.sources, now());
    if (!change.ok) {
      return problem(c, "invalid_request", { errors: change.error });
    }
    const beyond = beyondOfAll(c, "which the switch pauses");
    if (beyond !== null) {
      return outOfReach(c, beyond);
    }
    const { source, pause } = change.value;
    if (pause === null && source !== null && !config.sources.has(source)) {
      // A pause that a source has left behind can be taken away; a misspelt name would look as if it were.
      const { sources: paused } = await registrar.switchState();
      if (!Object.hasOwn(paused, source)) {
        const message = "no such source, and no pause of that name: see GET /v1/switch";
        return invalidField(c, "source", message);
      }
    }
    const answer = await registrar.turnSwitch(change.value, actorOf(c.get("key")));
    return Object.values(answer.in_force).includes(false)
      ? notInForce(c, "The switch is turned", answer.in_force)
      : c.json(answer, 200);
  });
}

import type { Answer } from "../call.ts";
import { sent, type PageContext } from "../context.ts";
import { afterForm } from "./answer.tsx";

// What pages of one sweep, erasure or hold have in common. The API has each of their paths below /v1.

type Kind = "sweeps" | "erasures" | "holds";

/** Asks the API for what the page's own path names. */
export function readOne<T>(c: PageContext, kind: Kind): Promise<Answer<T>> {
  return c.get("api").get(`/v1${pathOf(c, kind)}`);
}

/** What may be decided about one thing, and what is said if it was not. */
const DECISIONS = {
  approve: "Not approved",
  cancel: "Not cancelled",
  release: "The hold was not released",
} as const;

/** Takes the form that decides about one thing. If the plan has changed since it was shown, the API refuses. */
export function decide(kind: Kind, decision: keyof typeof DECISIONS) {
  return async (c: PageContext) => {
    const path = pathOf(c, kind);
    const body = decision === "approve" ? { plan_digest: sent(c, "plan_digest") } : {};
    const answer = await c.get("api").send("POST", `/v1${path}/${decision}`, { body });
    return afterForm(c, DECISIONS[decision], answer, path);
  };
}

function pathOf(c: PageContext, kind: Kind): string {
  return `/${kind}/${encodeURIComponent(c.req.param("id") ?? "")}`;
}

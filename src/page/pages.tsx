import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { App } from "../api/http/router.ts";
import type { PageEnv } from "./context.ts";
import { answerBrowsers } from "./errors.tsx";
import { setPageHeaders } from "./frame/page_headers.ts";
import { refusal } from "./frame/refusal.tsx";
import { showOverview } from "./overview/overview.tsx";
import { pauseRemovals, resumeRemovals } from "./overview/switch.tsx";
import { signOut } from "./sign_in/cookie.ts";
import { requireOwnForm } from "./sign_in/forgery.ts";
import { requireSignIn } from "./sign_in/require_sign_in.ts";
import { showActivity } from "./activity/list.tsx";
import { showErasure } from "./erasures/erasure.tsx";
import { showErasures } from "./erasures/list.tsx";
import { requestErasure } from "./erasures/request.tsx";
import { showHolds } from "./holds/list.tsx";
import { showHold } from "./holds/hold.tsx";
import { holdPerson, holdSession, prepareHold } from "./holds/place.tsx";
import { confirmRelease } from "./holds/release.tsx";
import { decide } from "./frame/one.ts";
import { askExplain, showExplain } from "./explain/explain.tsx";
import { previewEdit, saveEdit } from "./policies/edit.tsx";
import { showPolicies } from "./policies/list.tsx";
import { turnMode } from "./policies/mode.tsx";
import { sweepNow } from "./policies/sweep_now.tsx";
import { showPolicy } from "./policies/policy.tsx";
import { showPlan } from "./sweeps/plan.tsx";
import { showSweep } from "./sweeps/sweep.tsx";
import { showSweeps } from "./sweeps/list.tsx";
import { missingSecrets, showMissing } from "./sign_in/missing.tsx";
import { showSignIn, takeSignIn } from "./sign_in/sign_in.tsx";

/** Where Cloudflare Access ends its own session, on every host that it guards. */
const ACCESS_LOGOUT = "/cdn-cgi/access/logout";

/** Adds the pages for people in front of the API. */
export function addPages(app: App): void {
  const open = [pageHeaders, limitRate, requireSecrets] as const;
  const reads = [...open, requireSignIn(app)] as const;
  const writes = [...reads, requireOwnForm] as const;
  const pages = new Hono<PageEnv>();
  pages.get("/sign-in", ...open, showSignIn);
  pages.post("/sign-in", ...open, takeSignIn);
  pages.post("/sign-out", ...writes, (c) => {
    signOut(c);
    return c.redirect(c.get("signed_in").by === "access" ? ACCESS_LOGOUT : "/sign-in", 303);
  });
  pages.get("/", ...reads, showOverview);
  pages.post("/switch/pause", ...writes, pauseRemovals);
  pages.post("/switch/resume", ...writes, resumeRemovals);
  pages.get("/policies", ...reads, showPolicies);
  pages.get("/policies/:id", ...reads, showPolicy);
  pages.post("/policies/preview", ...writes, previewEdit);
  pages.post("/policies/save", ...writes, saveEdit);
  pages.post("/policies/mode", ...writes, turnMode);
  pages.post("/policies/sweep", ...writes, sweepNow);
  pages.get("/sweeps", ...reads, showSweeps);
  pages.get("/sweeps/:id", ...reads, showSweep);
  pages.get("/sweeps/:id/plan", ...reads, showPlan);
  pages.post("/sweeps/:id/approve", ...writes, decide("sweeps", "approve"));
  pages.post("/sweeps/:id/cancel", ...writes, decide("sweeps", "cancel"));
  pages.get("/erasures", ...reads, showErasures);
  pages.post("/erasures", ...writes, requestErasure);
  pages.get("/erasures/:id", ...reads, showErasure);
  pages.post("/erasures/:id/approve", ...writes, decide("erasures", "approve"));
  pages.post("/erasures/:id/cancel", ...writes, decide("erasures", "cancel"));
  pages.get("/holds", ...reads, showHolds);
  pages.post("/holds/prepare", ...writes, prepareHold);
  pages.post("/holds/session", ...writes, holdSession);
  pages.post("/holds/person", ...writes, holdPerson);
  pages.get("/holds/:id", ...reads, showHold);
  pages.get("/holds/:id/release", ...reads, confirmRelease);
  pages.post("/holds/:id/release", ...writes, decide("holds", "release"));
  pages.get("/explain", ...reads, askExplain);
  pages.post("/explain", ...writes, showExplain);
  pages.get("/activity", ...reads, showActivity);
  app.use("*", answerBrowsers(app, pages));
  app.route("/", pages);
}

const pageHeaders = createMiddleware<PageEnv>(async (c, next) => {
  await next();
  setPageHeaders(c);
});

/** Counts by address: a page asks the API with its key, and is counted there again by that. */
const limitRate = createMiddleware<PageEnv>(async (c, next) => {
  const wait = await c.get("deps").rateLimit(null, c.req.header("cf-connecting-ip") ?? null);
  if (wait === null) {
    return next();
  }
  const answer = await refusal(c, 429, `Too many requests. Ask again in ${wait} seconds.`);
  answer.headers.set("retry-after", String(wait));
  return answer;
});

/** Without its secrets there is nobody to sign in, and nothing to seal a cookie with. */
const requireSecrets = createMiddleware<PageEnv>(async (c, next) => {
  const missing = missingSecrets(c.get("deps").config);
  return missing.length === 0 ? next() : showMissing(c, missing);
});

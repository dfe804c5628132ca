import { createMiddleware } from "hono/factory";
import type { App } from "../../api/http/router.ts";
import { apiAs } from "../call.ts";
import type { PageEnv } from "../context.ts";
import { refusal } from "../frame/refusal.tsx";
import { readAccess } from "./access.ts";
import { readCookie } from "./cookie.ts";

/** Lets who is signed in pass, and sends everybody else to sign in first. */
export function requireSignIn(app: App) {
  return createMiddleware<PageEnv>(async (c, next) => {
    const access = await readAccess(c);
    if (access.kind === "untold") {
      const why =
        "The certificates of Cloudflare Access cannot be read now. Ask again in a minute.";
      return refusal(c, 503, why);
    }
    if (access.kind === "refused") {
      return refusal(c, 403, access.why);
    }
    const signedIn = access.kind === "signed_in" ? access.signed_in : readCookie(c);
    if (signedIn === null) {
      const { pathname, search } = new URL(c.req.url);
      // A form cannot be sent again by a link: after signing in, its page is opened anew.
      const to = c.req.method === "GET" ? `?to=${encodeURIComponent(`${pathname}${search}`)}` : "";
      return c.redirect(`/sign-in${to}`, 303);
    }
    c.set("key", signedIn.key);
    c.set("signed_in", signedIn);
    c.set("api", apiAs(signedIn.key, app, c.env, c.req.url));
    return next();
  });
}

/** Where to go after signing in: a path of this deployment, and nothing that leads out of it. */
export function pathWithin(to: string | null, url: string): string {
  if (to === null || !to.startsWith("/") || !URL.canParse(to, url)) {
    return "/";
  }
  const { origin, pathname, search } = new URL(to, url);
  // `/.//host` is a path of ours that comes out as `//host`, which a browser takes for another host.
  const isOurs = origin === new URL(url).origin && !pathname.startsWith("//");
  return isOurs ? `${pathname}${search}` : "/";
}

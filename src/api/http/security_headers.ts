import { createMiddleware } from "hono/factory";
import { cors } from "hono/cors";
import type { AppEnv } from "./context.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Headers that keep answers out of caches, frames and other origins. A page has set a policy of its own. */
export const secureHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) {
      c.res.headers.set(name, value);
    }
  }
});

/** CORS for the origins of CORS_ORIGINS, and none without it. The pages of people are behind none of it. */
export const allowOrigins = createMiddleware<AppEnv>(async (c, next) => {
  const { cors_origins: origins } = c.get("deps").config;
  if (origins.length === 0) {
    return next();
  }
  c.res.headers.set("cross-origin-resource-policy", "cross-origin");
  const allow = cors({
    origin: [...origins],
    allowMethods: ["GET", "PUT", "POST", "PATCH", "DELETE"],
    exposeHeaders: ["ETag", "Location", "Retry-After", "X-Request-Id"],
    maxAge: 600,
  });
  return allow(c, next);
});

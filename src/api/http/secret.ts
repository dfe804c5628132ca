import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

/** Refuses what would remove or store sessions while LETHE_SECRET is missing. */
export const requireSecret = createMiddleware<AppEnv>(async (c, next) => {
  if (c.get("deps").config.keyring === null) {
    return problem(c, "not_configured", {
      detail: "Set the secret LETHE_SECRET to a random text of 32 characters or more.",
    });
  }
  return next();
});

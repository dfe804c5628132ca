import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

/** Refuses what would remove or store sessions while LETHE_SECRET is missing. */
export const requireSecret = createMiddleware<AppEnv>(async (c, next) => {
  const { keyring, problems } = c.get("deps").config;
  if (keyring === null) {
    return problem(c, "not_configured", {
      detail: "Set the secret LETHE_SECRET to a random text of 32 characters or more.",
      errors: problems.filter(({ field }) => field === "LETHE_SECRET"),
    });
  }
  return next();
});

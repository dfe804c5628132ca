import { routePath } from "hono/route";
import type { ApiKey } from "../../config/keys.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { RemoveNowAnswer } from "../../contract/custodian.ts";
import { embeddedOf, type SessionKind } from "../../sources/provider.ts";
import { createClientSessionRoutes } from "../../store/client_sessions/routes.ts";
import { createAgentRoutes } from "../../store/agent_sessions/routes.ts";
import type { ApiContext, AppEnv } from "../http/context.ts";
import { describeThrown } from "../../platform/log.ts";
import type { App } from "../http/router.ts";

/**
 * The embedded store in the documents' wire formats. Each format keeps its own order of checks, counts
 * its own requests, and is there only while a source of its kind is embedded.
 */
export function mountStore(app: App): void {
  app.route(
    "/client_sessions",
    createClientSessionRoutes<AppEnv>((c) => storeDeps(c, "client_sessions")),
  );
  app.route(
    "/v2",
    createAgentRoutes<AppEnv>((c) => storeDeps(c, "agent_sessions")),
  );
}

function storeDeps(c: ApiContext, kind: SessionKind) {
  const { config, store, now, random, rateLimit, custodian, log } = c.get("deps");
  c.set("route", routePath(c));
  return {
    config,
    store,
    keyring: config.keyring,
    now,
    random,
    rateLimit(key: ApiKey | null, address: string | null): Promise<number | null> {
      // For the log: each format finds its caller by itself.
      c.set("key", key);
      return rateLimit(key, address);
    },
    requestId: () => c.get("request_id"),
    removeSession(ref: SessionRef): Promise<RemoveNowAnswer> {
      const source = embeddedOf(config.sources, kind);
      return source === undefined
        ? Promise.resolve({ kind: "unavailable" })
        : custodian(source.name).removeNow(ref);
    },
    report(thrown: unknown): void {
      log("error", "store.fault", { request_id: c.get("request_id"), ...describeThrown(thrown) });
    },
  };
}

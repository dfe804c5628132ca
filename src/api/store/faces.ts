import { routePath } from "hono/route";
import type { ApiKey } from "../../config/keys.ts";
import type { SessionRef } from "../../core/session/session.ts";
import type { FaceRemoval } from "../../contract/custodian.ts";
import type { SessionKind } from "../../sources/provider.ts";
import { createClientSessionFace } from "../../store/client_sessions/face.ts";
import { createAgentFace } from "../../store/agent_sessions/face.ts";
import type { ApiContext, AppEnv } from "../http/context.ts";
import { describeThrown } from "../../platform/log.ts";
import type { App } from "../http/routes.ts";

/**
 * The embedded store in the documents' wire formats. Each face keeps its own order of checks, counts
 * its own requests, and is there only while a source of its kind is embedded.
 */
export function mountFaces(app: App): void {
  app.route(
    "/client_sessions",
    createClientSessionFace<AppEnv>((c) => faceDeps(c, "client_sessions")),
  );
  app.route(
    "/v2",
    createAgentFace<AppEnv>((c) => faceDeps(c, "agent_sessions")),
  );
}

function faceDeps(c: ApiContext, kind: SessionKind) {
  const { config, store, now, random, rateLimit, custodian, log } = c.get("deps");
  c.set("route", routePath(c));
  return {
    config,
    store,
    keyring: config.keyring,
    now,
    random,
    rateLimit(key: ApiKey | null, address: string | null): Promise<number | null> {
      // For the log: each face finds its caller by itself.
      c.set("key", key);
      return rateLimit(key, address);
    },
    requestId: () => c.get("request_id"),
    removeSession(ref: SessionRef): Promise<FaceRemoval> {
      const source = embeddedSource(config.sources.values(), kind);
      return source === null
        ? Promise.resolve({ kind: "unavailable" })
        : custodian(source).removeNow(ref);
    },
    report(thrown: unknown): void {
      log("error", "face.fault", { request_id: c.get("request_id"), ...describeThrown(thrown) });
    },
  };
}

/** The source whose Custodian removes from the embedded store: all of one kind share its tables. */
function embeddedSource(
  sources: Iterable<{ name: string; kind: SessionKind; endpoint: string | null }>,
  kind: SessionKind,
): string | null {
  for (const source of sources) {
    if (source.kind === kind && source.endpoint === null) {
      return source.name;
    }
  }
  return null;
}

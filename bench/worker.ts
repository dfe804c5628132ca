import { Custodian } from "../src/custodian/custodian.ts";
import { policyDigest, Policy } from "../src/core/policy/policy.ts";
import { ENDED_SWEEPS, type SweepReport } from "../src/core/report/sweep.ts";
import lethe from "../src/index.ts";
import { bareUpstream, type UpstreamPlan } from "./bare_upstream.ts";
import { bareSweep } from "./store.ts";
import { measured, measureObject, NOTHING_MEASURED, type Measures } from "./measured_store.ts";
import { BenchRegistrar, type Past } from "./registrar.ts";

export { BenchRegistrar };

// One isolate: what the Custodian's store does is noted here, and outlives the object.
const measures: Measures = { ...NOTHING_MEASURED };

/** The Custodian as it is, on a store and on tables that say what they were asked and how long it took. */
export class BenchCustodian extends Custodian {
  constructor(ctx: DurableObjectState, env: Env) {
    measureObject(ctx.storage, measures);
    super(ctx, { ...env, STORE: measured(env.STORE, measures) });
  }

  override async alarm(): Promise<void> {
    const from = Date.now();
    await super.alarm();
    measures.longest_slice_ms = Math.max(measures.longest_slice_ms, Date.now() - from);
  }
}

// What a route of the embedded store asks for one session: by its key.
const READ_ONE =
  "SELECT record FROM client_sessions WHERE client_session_id = ? AND workspace_id = 'b887bf84-9849-4454-a562-cf84293d9781'";
const WRITE_ONE =
  "UPDATE client_sessions SET revoked_at = ?, version = version + 1 WHERE client_session_id = ? AND workspace_id = 'b887bf84-9849-4454-a562-cf84293d9781'";
const LEFT = "SELECT count(*) AS n FROM client_sessions WHERE expires_at <= ?";

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/bare":
        return Response.json(
          await bareSweep(env.STORE, await request.json<{ batch: number; now: number }>()),
        );
      case "/bare-upstream":
        return Response.json(await bareUpstream(await request.json<UpstreamPlan>()));
      case "/sweep":
        return Response.json(await sweep(env, await request.json()));
      case "/start":
        return Response.json(await start(env, await request.json()));
      case "/switch": {
        const from = Date.now();
        const registrar = env.REGISTRAR.getByName("registrar");
        const pause = { until: null, reason: "a benchmark" };
        const { in_force } = await registrar.turnSwitch({ source: null, pause }, "bench");
        return Response.json({ in_force, ms: Date.now() - from });
      }
      case "/report": {
        const { id } = await request.json<{ id: string }>();
        return Response.json(await env.REGISTRAR.getByName("registrar").sweep(id));
      }
      case "/wake":
        await env.CUSTODIAN.getByName("client_sessions").wake([]);
        return Response.json({});
      case "/read-one": {
        const { id } = await request.json<{ id: string }>();
        const row = await env.STORE.prepare(READ_ONE).bind(id).first();
        return Response.json({ found: row !== null });
      }
      case "/write-one": {
        const { id } = await request.json<{ id: string }>();
        const { meta } = await env.STORE.prepare(WRITE_ONE).bind(Date.now(), id).run();
        return Response.json({ changes: meta.changes });
      }
      case "/left": {
        const { now } = await request.json<{ now: number }>();
        const due = await env.STORE.prepare(LEFT).bind(now).first<number>("n");
        return Response.json({ due });
      }
      case "/read": {
        const from = Date.now();
        await env.STORE.prepare("SELECT count(*) FROM agents").first();
        return Response.json({ ms: Date.now() - from });
      }
      case "/nothing":
        return new Response("");
      case "/remember":
        return Response.json(await remember(env, await request.json()));
      default:
        return lethe.fetch(request, { ...env, KEY_LIMIT: NO_LIMIT, ADDRESS_LIMIT: NO_LIMIT }, ctx);
    }
  },
} satisfies ExportedHandler<Env>;

async function sweep(
  env: Env,
  document: unknown,
): Promise<SweepReport & Measures & { ms: number }> {
  Object.assign(measures, NOTHING_MEASURED);
  const from = Date.now();
  const { id } = await start(env, document);
  for (;;) {
    const report = await env.REGISTRAR.getByName("registrar").sweep(id);
    if (report !== null && (ENDED_SWEEPS.has(report.status) || report.status === "braked")) {
      return { ...report, ...measures, ms: Date.now() - from };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function start(env: Env, document: unknown): Promise<SweepReport> {
  const policy = Policy.parse(document);
  const digest = policyDigest(policy);
  // A version that another one has taken the place of is never run again: each has a policy of its own.
  const started = await env.REGISTRAR.getByName("registrar").startSweep(
    { id: `bench-${digest.slice(0, 8)}`, digest, policy },
    "bench",
    null,
  );
  if (started.kind !== "started") {
    throw new Error(`the sweep did not start: ${started.kind}`);
  }
  return started.sweep;
}

// One address asks for every page, and is not to be told to wait.
const NO_LIMIT: RateLimit = { limit: () => Promise.resolve({ success: true }) };

/** Gives the Registrar a past, and each of its policies a document. */
async function remember(
  env: Env,
  { past, policy }: { readonly past: Past; readonly policy: unknown },
): Promise<unknown> {
  await Promise.all(
    past.policies.map((id) => env.POLICIES.put(`policy:${id}`, JSON.stringify(policy))),
  );
  return (env.REGISTRAR as DurableObjectNamespace<BenchRegistrar>)
    .getByName("registrar")
    .remember(past);
}

import { Custodian } from "../src/custodian/custodian.ts";
import { policyDigest, Policy } from "../src/core/policy.ts";
import { ENDED_SWEEPS, type SweepReport } from "../src/core/job.ts";
import { Registrar } from "../src/registrar/registrar.ts";
import { bareUpstream, type UpstreamPlan } from "./bare_upstream.ts";
import { bareSweep } from "./store.ts";
import { measured, type Measures } from "./measured_store.ts";

export { Registrar };

// One isolate: what the Custodian's store does is noted here, and outlives the object.
const measures: Measures = { transactions: 0, longest_ms: 0 };

/** The Custodian as it is, on a store that counts its transactions and how long they take. */
export class BenchCustodian extends Custodian {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, STORE: measured(env.STORE, measures) });
  }
}

export default {
  async fetch(request, env): Promise<Response> {
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
      case "/read": {
        const from = Date.now();
        await env.STORE.prepare("SELECT count(*) FROM agents").first();
        return Response.json({ ms: Date.now() - from });
      }
      default:
        return new Response("no such part", { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;

async function sweep(
  env: Env,
  document: unknown,
): Promise<SweepReport & Measures & { ms: number }> {
  Object.assign(measures, { transactions: 0, longest_ms: 0 });
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
  const started = await env.REGISTRAR.getByName("registrar").startSweep(
    { id: "bench", digest: policyDigest(policy), policy },
    "bench",
    null,
  );
  if (started.kind !== "started") {
    throw new Error(`the sweep did not start: ${started.kind}`);
  }
  return started.sweep;
}

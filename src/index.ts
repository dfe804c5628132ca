import { Custodian } from "./custodian/custodian.ts";
import { Registrar as RegistrarObject } from "./registrar/registrar.ts";
import { createApp } from "./api/app.ts";
import { addPages } from "./page/pages.tsx";
import { buildDeps } from "./deps.ts";
import { runCron, runTick } from "./tick.ts";

export { Custodian };

/** The Registrar, which ticks itself where the cron does not: reading the policies is the Worker's. */
export class Registrar extends RegistrarObject {
  protected override async tickItself(at: number): Promise<void> {
    await runTick(at, this.env, true);
  }
}

const app = createApp(buildDeps, addPages);

export default {
  fetch: app.fetch,
  scheduled: async (controller, env): Promise<void> => {
    await runCron(controller, env);
  },
} satisfies ExportedHandler<Env>;

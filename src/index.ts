import { Custodian } from "./custodian/custodian.ts";
import { Registrar } from "./registrar/registrar.ts";
import { createApp } from "./api/app.ts";
import { runTick } from "./api/tick.ts";

export { Custodian, Registrar };

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: async (controller, env): Promise<void> => {
    await runTick(controller.scheduledTime, env);
  },
} satisfies ExportedHandler<Env>;

import { Server } from "node:net";
import { createFake } from "@seamapi/fake-seam-connect";

type Listen = (this: Server, ...args: unknown[]) => Server;

/** Seam's own fake, on loopback, with its seed. */
export interface SeamOwnFake {
  readonly url: string;
  readonly api_key: string;
  readonly workspace: string;
  /** Sessions with a past or a state that the fake's routes cannot make. */
  add(session: Readonly<Record<string, unknown>>): { readonly client_session_id: string };
  close(): Promise<void>;
}

/** Starts the fake. It would listen on every interface, and has no option for that. */
export async function startSeamOwnFake(): Promise<SeamOwnFake> {
  const fake = await createFake();
  const seed = await fake.seed();
  const original = Server.prototype.listen as Listen;
  Server.prototype.listen = listenOnLoopback(original) as typeof Server.prototype.listen;
  try {
    await fake.startServer();
  } finally {
    Server.prototype.listen = original as typeof Server.prototype.listen;
  }
  const { port } = new URL(fake.serverUrl ?? "");
  return {
    url: `http://127.0.0.1:${port}`,
    api_key: seed.seam_apikey1_token,
    workspace: seed.seed_workspace_1,
    add: (session) =>
      fake.database.addClientSession({ workspace_id: seed.seed_workspace_1, ...session }),
    close: () => fake.stopServer(),
  };
}

function listenOnLoopback(original: Listen): Listen {
  return function listen(first, ...rest) {
    const host = "127.0.0.1";
    const callback = rest.find((one) => typeof one === "function");
    if (typeof first === "number") {
      return original.call(this, { port: first, host }, callback);
    }
    return typeof first === "object" && first !== null && "port" in first
      ? original.call(this, { ...first, host }, ...rest)
      : original.call(this, first, ...rest);
  };
}

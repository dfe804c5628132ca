import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Refusal } from "./arguments.ts";

const PORT_WITHIN_MS = 3000;
/** Free ports are looked for below those that a system gives to any connection, also between this and the start. */
const FREE_PORTS = [20_000, 32_768] as const;

/** A port on 127.0.0.1: the given one if it is free, any free one for 0. */
export async function claimPort(port: number): Promise<number> {
  // A runtime that was just ended may take a time to let go of it.
  const until = Date.now() + PORT_WITHIN_MS;
  for (;;) {
    const claimed = await tryPort(port === 0 ? randomInt(...FREE_PORTS) : port);
    if (typeof claimed === "number") {
      return claimed;
    }
    const fix = "choose another with --port N, or 0 for a free one";
    if (!("code" in claimed && claimed.code === "EADDRINUSE")) {
      throw new Refusal(`port ${port}: ${claimed.message}; ${fix}`);
    }
    if (Date.now() >= until) {
      throw new Refusal(`port ${port} is taken: ${fix}`);
    }
    await wait(100);
  }
}

async function tryPort(port: number): Promise<number | Error> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", resolve);
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(port)));
  });
}

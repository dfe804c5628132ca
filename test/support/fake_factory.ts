import { createServer } from "node:http";
import { startReceiver } from "../fakes/receiver.ts";
import { startFakeSeam } from "../fakes/seam.ts";
import { startFakeVectara } from "../fakes/vectara.ts";

interface Running {
  readonly url: string;
  close(): Promise<void>;
}

/** Where the tests find the fakes. */
export interface Fakes {
  /** One fake of each for the whole run, shared by every test file. */
  readonly seam: string;
  readonly vectara: string;
  /** `POST <factory>/seam`, `/vectara` or `/receiver` starts another and answers its URL: faults are per fake. */
  readonly factory: string;
}

/** Starts the shared fakes and the factory, on 127.0.0.1; `close` ends them all. */
export async function startFakes(): Promise<{ fakes: Fakes; close: () => Promise<void> }> {
  const starters: Record<string, () => Promise<Running>> = {
    "/seam": () => startFakeSeam(),
    "/vectara": () => startFakeVectara(),
    "/receiver": () => startReceiver(),
  };
  const [seam, vectara] = await Promise.all([startFakeSeam(), startFakeVectara()]);
  const running: Running[] = [seam, vectara];
  const factory = createServer((request, response) => {
    const start = starters[request.url ?? ""];
    if (start === undefined) {
      response.writeHead(404).end();
      return;
    }
    start().then(
      (fake) => {
        running.push(fake);
        response.end(fake.url);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    factory.once("error", reject);
    factory.listen(0, "127.0.0.1", resolve);
  });
  const address = factory.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    fakes: { seam: seam.url, vectara: vectara.url, factory: `http://127.0.0.1:${port}` },
    async close() {
      factory.close();
      factory.closeAllConnections();
      await Promise.all(running.map((fake) => fake.close()));
    },
  };
}

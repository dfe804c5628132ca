import { createServer, type ServerResponse } from "node:http";

/** One delivery as the receiver saw it. */
export interface Delivery {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the receiver answers from now on; status 0 hangs. */
export interface ReceiverAnswer {
  readonly status: number;
  readonly location?: string;
}

/**
 * Starts a receiver of callbacks on 127.0.0.1. `GET /_deliveries` answers what came and forgets it,
 * `POST /_answer` sets the answer.
 */
export async function startReceiver(): Promise<{ url: string; close(): Promise<void> }> {
  let deliveries: Delivery[] = [];
  let answer: ReceiverAnswer = { status: 204 };

  function take(delivery: Delivery, response: ServerResponse): void {
    if (delivery.path === "/_deliveries") {
      response.end(JSON.stringify(deliveries));
      deliveries = [];
    } else if (delivery.path === "/_answer") {
      answer = JSON.parse(delivery.body) as ReceiverAnswer;
      response.end();
    } else {
      deliveries.push(delivery);
      if (answer.status !== 0) {
        response.writeHead(
          answer.status,
          answer.location === undefined ? {} : { location: answer.location },
        );
        response.end();
      }
    }
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const { method = "", url: path = "" } = request;
      take({ method, path, headers, body: Buffer.concat(parts).toString("utf8") }, response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

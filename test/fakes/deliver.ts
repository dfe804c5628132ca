import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { FaultRule } from "./faults.ts";
import {
  jsonAnswer,
  resetConnection,
  sendAnswer,
  type FakeAnswer,
  type SendReport,
} from "./wire.ts";

const HTML = "<!doctype html><html><head><title>Proxy</title></head><body>Hello</body></html>";

/** The answer that a fault puts in place of the true one. */
function cannedAnswer(
  fault: Extract<FaultRule, { kind: "status" | "html" | "redirect" | "empty_ok" }>,
): FakeAnswer {
  if (fault.kind === "html") {
    const headers = { "content-type": "text/html; charset=utf-8" };
    return { status: fault.status ?? 200, headers, body: fault.body ?? HTML };
  }
  if (fault.kind === "redirect") {
    return { status: fault.status ?? 302, headers: { location: fault.location } };
  }
  if (fault.kind === "empty_ok") {
    return jsonAnswer(fault.status ?? 200, fault.body ?? {});
  }
  const headers: Record<string, string> = { ...fault.headers };
  if (fault.body === undefined) {
    return { status: fault.status, headers };
  }
  if (typeof fault.body !== "string") {
    return jsonAnswer(fault.status, fault.body, headers);
  }
  const type = { "content-type": "text/plain; charset=utf-8" };
  return { status: fault.status, headers: { ...type, ...headers }, body: fault.body };
}

/** Handles a call under a fault, or plainly, and puts the outcome on the wire. */
export async function deliver(
  response: ServerResponse,
  fault: FaultRule | undefined,
  run: () => Promise<FakeAnswer>,
  report: SendReport,
): Promise<void> {
  if (fault === undefined) {
    return sendAnswer(response, await run(), report);
  }
  switch (fault.kind) {
    case "reset_before":
      return resetConnection(response);
    case "reset_after":
      await run();
      return resetConnection(response);
    case "hang":
      if (fault.apply === true) {
        await run();
      }
      return;
    case "truncate": {
      const bytes = fault.bytes === undefined ? {} : { bytes: fault.bytes };
      const cut = { ...bytes, clean: fault.clean === true };
      return sendAnswer(response, await run(), report, { cut });
    }
    case "slow": {
      if (fault.delay_ms !== undefined) {
        await sleep(fault.delay_ms);
      }
      const pace = fault.chunk_delay_ms;
      const manner = pace === undefined ? {} : { chunk_delay_ms: pace };
      return sendAnswer(response, await run(), report, manner);
    }
    case "status":
    case "html":
    case "redirect":
    case "empty_ok":
      if (fault.apply === true) {
        await run();
      }
      return sendAnswer(response, cannedAnswer(fault), report);
  }
}

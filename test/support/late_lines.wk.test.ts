import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";

// With the console intercepted this file never ended: what it says last was sent with the next message only.
it("a file ends although an object of it goes on logging after its last test", async () => {
  const custodian = env.CUSTODIAN.getByName("client_sessions");
  const timer = await runInDurableObject(custodian, () =>
    setInterval(() => {
      console.log("still here");
    }, 1),
  );
  expect(timer).toBeDefined();
});

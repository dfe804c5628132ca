import { spawn } from "node:child_process";
import { once } from "node:events";

import { afterEach, describe, expect, it } from "vitest";

import { closeFakes, control, ONE, seamCall, seamFake, twoSessions } from "./checks/client.ts";
import { checkFaults } from "./checks/faults.ts";
import { checkLists } from "./checks/lists.ts";
import { checkSeam } from "./checks/seam.ts";
import { checkVectara } from "./checks/vectara.ts";

afterEach(closeFakes);

checkSeam();
checkVectara();
checkFaults();
checkLists();

describe("the call log and the limits", () => {
  it("counts the most calls that were ever in flight", async () => {
    const fake = await seamFake({ ...twoSessions(), latency_ms: 40 });
    await Promise.all(Array.from({ length: 5 }, () => seamCall(fake, "/client_sessions/list")));
    await seamCall(fake, "/client_sessions/list");
    expect(fake.peakInFlight()).toBe(5);
    await expect.poll(() => fake.inFlight()).toBe(0);
    const response = await fetch(`${fake.url}/_fake/calls?summary`);
    expect(await response.json()).toEqual({
      total: 6,
      in_flight: 0,
      peak_in_flight: 5,
      summary: { "POST /client_sessions/list 200": 6 },
    });
    for (const call of fake.calls()) {
      expect((call.ended_at ?? 0) - call.started_at).toBeGreaterThan(35);
    }
  });

  it("limits the rate, with a Retry-After when asked", async () => {
    const fake = await seamFake({ rate_limit: { per_second: 2, retry_after: 1 } });
    const seen: Response[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      seen.push(await seamCall(fake, "/client_sessions/list"));
    }
    expect(seen.map((one) => one.status)).toEqual([200, 200, 429]);
    expect(seen[2]?.headers.get("retry-after")).toBe("1");
    await control(fake, "options", { rate_limit: { per_second: 1 } });
    await seamCall(fake, "/client_sessions/list");
    const refused = await seamCall(fake, "/client_sessions/list");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, null]);
  });

  it("resets to how it was started, in part or whole", async () => {
    const fake = await seamFake(twoSessions());
    fake.remove(ONE);
    await seamCall(fake, "/client_sessions/list");
    await control(fake, "reset", { parts: ["calls"] });
    expect(fake.calls()).toEqual([]);
    expect(fake.session(ONE)).toBeUndefined();
    await control(fake, "reset", {});
    expect(fake.session(ONE)).toBeDefined();
  });
});

describe("the commands", () => {
  async function run(script: string, args: string[], stopAt?: string) {
    const child = spawn(process.execPath, [`test/fakes/${script}`, ...args]);
    let text = "";
    const hear = (part: Buffer): void => {
      text += part.toString();
      if (stopAt !== undefined && !child.killed && text.includes(stopAt)) {
        child.kill("SIGINT");
      }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, text };
  }

  it.each(["seam-command.ts", "vectara-command.ts"])("%s says how to use it", async (script) => {
    const help = await run(script, ["--help"]);
    expect(help.code).toBe(0);
    expect(help.text).toContain("--sessions N");
    const started = await run(script, ["--port", "0", "--sessions", "5"], "Ctrl-C");
    expect(started.code).toBe(0);
    expect(started.text).toMatch(/npm start -- --var \w+_API_KEY:\S+ --var \w+_ENDPOINT:http:/);
    const wrong = await run(script, ["--prot", "1"]);
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain("--prot");
    const port = await run(script, ["--port", "many"]);
    expect([port.code, port.text.includes("--port must be a whole number")]).toEqual([1, true]);
  });
});

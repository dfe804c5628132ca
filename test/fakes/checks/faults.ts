import { describe, expect, it } from "vitest";

import { control, ONE, seamCall, seamFake, TWO, twoSessions } from "./client.ts";

/** That each fault does what its name says. */
export function checkFaults(): void {
  describe("faults", () => {
    it("reset_before has no effect, reset_after has one", async () => {
      const fake = await seamFake(twoSessions());
      fake.faults(
        { kind: "reset_before", match: { id: ONE } },
        { kind: "reset_after", match: { id: TWO } },
      );
      const path = "/client_sessions/delete";
      await expect(seamCall(fake, path, { client_session_id: ONE })).rejects.toThrow(
        "fetch failed",
      );
      await expect(seamCall(fake, path, { client_session_id: TWO })).rejects.toThrow(
        "fetch failed",
      );
      expect(fake.session(ONE)).toBeDefined();
      expect(fake.session(TWO)).toBeUndefined();
      expect(fake.calls().map((call) => [call.fault, call.status])).toEqual([
        ["reset_before", null],
        ["reset_after", null],
      ]);
      expect((await seamCall(fake, path, { client_session_id: TWO })).status).toBe(404);
    });

    it("answers what it is told, with and without the effect, and counts", async () => {
      const fake = await seamFake(twoSessions());
      const del = { path: "^/client_sessions/delete" };
      const headers = { "retry-after": "3" };
      fake.faults(
        { match: del, kind: "status", status: 429, headers, body: { error: { type: "slow" } } },
        { match: del, skip: 1, kind: "html", status: 404 },
        { match: del, skip: 2, kind: "redirect", location: "http://127.0.0.1:1/", status: 307 },
        { match: del, skip: 3, kind: "empty_ok", body: { ok: false } },
        { match: del, skip: 4, kind: "status", status: 502, body: "bad gateway", apply: true },
      );
      const seen: [number, string | null, string][] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        const response = await seamCall(fake, "/client_sessions/delete", {
          client_session_id: ONE,
        });
        const text = (await response.text()).slice(0, 15);
        seen.push([response.status, response.headers.get("retry-after"), text]);
      }
      expect(seen).toEqual([
        [429, "3", '{"error":{"type'],
        [404, null, "<!doctype html>"],
        [307, null, ""],
        [200, null, '{"ok":false}'],
        [502, null, "bad gateway"],
        [404, null, '{"error":{"type'],
      ]);
      expect(fake.rules().faults).toMatchObject([
        { seen: 6, fired: 1 },
        { fired: 1 },
        { fired: 1 },
        { fired: 1 },
        { fired: 1 },
      ]);
    });

    it("cuts an answer short, roughly or with a clean end", async () => {
      const fake = await seamFake({ seed: { generate: { count: 500 } } });
      const match = { path: "/client_sessions/list" };
      fake.faults({ match, kind: "truncate", bytes: 5000 });
      fake.faults({ match, kind: "truncate", bytes: 5000, clean: true, skip: 1 });
      const rough = await seamCall(fake, "/client_sessions/list");
      expect(rough.status).toBe(200);
      await expect(rough.text()).rejects.toThrow("terminated");
      const clean = await (await seamCall(fake, "/client_sessions/list")).text();
      expect(clean).toHaveLength(5000);
    });

    it("hangs until it is closed, and is slow when told", async () => {
      const fake = await seamFake(twoSessions());
      fake.faults({ kind: "hang" }, { kind: "slow", delay_ms: 60, skip: 1 });
      const url = `${fake.url}/client_sessions/list`;
      await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow("timeout");
      const before = performance.now();
      await seamCall(fake, "/client_sessions/list");
      expect(performance.now() - before).toBeGreaterThan(55);
      fake.faults({ kind: "hang" });
      const hanging = fetch(url).catch((error: unknown) => String(error));
      await expect.poll(() => fake.inFlight()).toBe(1);
      await fake.close();
      expect(await hanging).toContain("fetch failed");
    });

    it("refuses a rule, an option or a part that it does not know", async () => {
      const fake = await seamFake();
      const wrong = [
        await control(fake, "faults", { faults: [{ kind: "explode" }] }),
        await control(fake, "faults", { effects: [{ effect: { do: "add_event" } }] }),
        await control(fake, "options", { latency: 3 }),
        await control(fake, "reset", { parts: ["everything"] }),
      ];
      expect(wrong.map((one) => one.status)).toEqual([400, 400, 400, 400]);
      expect(await wrong[2]?.text()).toContain("unknown option: latency");
    });
  });
}

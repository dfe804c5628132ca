import { describe, expect, it } from "vitest";

import { SEAM_API_KEY, SEAM_WORKSPACE } from "../seam.ts";
import { control, NOW, ONE, seamCall, seamFake, TWO, twoSessions } from "./client.ts";

/** That the fake of Seam behaves as Seam is described. */
export function checkSeam(): void {
  describe("the fake of Seam", () => {
    it("answers in Seam's order: route, JSON, key, method, parameters, session", async () => {
      const fake = await seamFake(twoSessions());
      const path = "/client_sessions/delete";
      const bad = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
      const seen = [
        await fetch(`${fake.url}/client_sessions/update`),
        await fetch(fake.url + path, bad),
        await fetch(fake.url + path, { method: "PUT" }),
        await fetch(fake.url + path, { headers: { authorization: `Bearer ${SEAM_API_KEY}` } }),
        await seamCall(fake, path, {}),
        await seamCall(fake, path, { client_session_id: "cst1" }),
        await seamCall(fake, path, { client_session_id: TWO.replace(/2$/, "9") }),
        await seamCall(fake, path, { client_session_id: TWO }),
      ];
      expect(seen.map((one) => one.status)).toEqual([404, 400, 401, 405, 400, 400, 404, 200]);
      expect(await seen[0]?.text()).toBe("404");
      expect(await seen[3]?.text()).toContain("only DELETE,POST accepted");
      expect(await seen[4]?.json()).toMatchObject({
        ok: false,
        error: {
          type: "invalid_input",
          message: "client_session_id is required",
          validation_errors: { client_session_id: { _errors: ["Required"] } },
        },
      });
      expect(await seen[5]?.text()).toContain('Invalid uuid for \\"client_session_id\\"');
      expect(await seen[6]?.text()).toContain("client_session_not_found");
      expect(seen[6]?.headers.get("seam-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      expect(fake.sessions().map((one) => one.client_session_id)).toEqual([ONE]);
    });

    it("takes parameters from the query, filters lists and ignores unknown keys", async () => {
      const fake = await seamFake(twoSessions());
      const headers = { authorization: `Bearer ${SEAM_API_KEY}` };
      const list = async (query: string): Promise<string[]> => {
        const response = await fetch(`${fake.url}/client_sessions/list?${query}`, { headers });
        const body = (await response.json()) as {
          client_sessions: { client_session_id: string }[];
        };
        return body.client_sessions.map((one) => one.client_session_id);
      };
      expect(await list("limit=1&_strict=true")).toEqual([ONE, TWO]);
      expect(await list("user_identifier_key=jane")).toEqual([ONE]);
      expect(await list("without_user_identifier_key=true")).toEqual([TWO]);
      expect(await list("user_identity_id=nobody")).toEqual([]);
      const url = `${fake.url}/client_sessions/delete?client_session_id=${ONE}`;
      expect((await fetch(url, { method: "DELETE", headers })).status).toBe(200);
      expect(await list("")).toEqual([TWO]);
    });

    it("creates, moves expiry by get_or_create, and keeps workspaces apart", async () => {
      const fake = await seamFake({
        now: NOW,
        api_keys: { seam_test_a: SEAM_WORKSPACE, seam_test_b: ONE },
      });
      const user = { user_identifier_key: "u" };
      const made = await seamCall(fake, "/client_sessions/create", user, "seam_test_a");
      expect(made.status).toBe(200);
      const again = await seamCall(fake, "/client_sessions/create", user, "seam_test_a");
      expect(again.status).toBe(400);
      const later = { ...user, expires_at: "2027-01-01T00:00:00Z" };
      await seamCall(fake, "/client_sessions/get_or_create", later, "seam_test_a");
      expect(fake.sessions()).toMatchObject([{ expires_at: "2027-01-01T00:00:00Z" }]);
      const other = await seamCall(fake, "/client_sessions/list", {}, "seam_test_b");
      expect(await other.json()).toEqual({ client_sessions: [], ok: true });
    });

    it("streams 300,000 sessions without holding them in memory", async () => {
      const count = 300_000;
      const generate = { count, expired_share: 0.1, now: NOW, seed: 7 };
      const fake = await seamFake({ now: NOW, seed: { generate } });
      const response = await seamCall(fake, "/client_sessions/list");
      const decoder = new TextDecoder();
      let rows = 0;
      let tail = "";
      for await (const part of response.body ?? []) {
        const text = tail + decoder.decode(part as Uint8Array, { stream: true });
        const pieces = text.split('"client_session_id"');
        rows += pieces.length - 1;
        tail = (pieces.at(-1) ?? "").slice(-24);
      }
      expect(rows).toBe(count);
      expect(tail.endsWith('],"ok":true}')).toBe(true);
      const [call] = fake.calls();
      expect(call?.bytes).toBeGreaterThan(100_000_000);
      expect(call?.max_buffered).toBeLessThan(1_000_000);
      expect(fake.state({ now: NOW })).toMatchObject({ sessions: count, expired: count / 10 });
    }, 60_000);

    it("generates the same sessions each time, and finds, changes, removes them", async () => {
      const spec = { generate: { count: 100, now: NOW, expired_share: 0.25 } };
      const [first, second] = [await seamFake({ seed: spec }), await seamFake({ seed: spec })];
      expect(first.sessions()).toEqual(second.sessions());
      const ids = new Set(first.sessions().map((one) => one.client_session_id));
      expect(ids.size).toBe(100);
      for (const id of ids) {
        expect(first.session(id)?.client_session_id).toBe(id);
      }
      const [id = ""] = ids;
      expect(first.change(id, { expires_at: NOW })).toBe(true);
      expect(first.session(id)?.expires_at).toBe(NOW);
      expect(first.remove(id)).toBe(true);
      expect(first.session(id)).toBeUndefined();
      expect(first.state()).toMatchObject({ sessions: 99, removed: [id] });
    });

    it("renews a session between the list and its removal", async () => {
      const fake = await seamFake(twoSessions());
      const fields = { expires_at: "2030-01-01T00:00:00Z" };
      const match = { path: "/client_sessions/list" };
      const rule = { match, when: "after", effect: { do: "set", id: ONE, fields } } as const;
      await control(fake, "faults", { effects: [rule] });
      const listed = await (await seamCall(fake, "/client_sessions/list")).text();
      expect(listed).not.toContain("2030-01-01");
      const read = await seamCall(fake, "/client_sessions/get", { client_session_id: ONE });
      expect(await read.text()).toContain("2030-01-01");
    });

    it("brings a session back after its removal", async () => {
      const fake = await seamFake(twoSessions());
      fake.effects({
        match: { path: "/client_sessions/delete" },
        effect: { do: "restore" },
        when: "after",
      });
      const id = { client_session_id: ONE };
      expect((await seamCall(fake, "/client_sessions/delete", id)).status).toBe(200);
      expect((await seamCall(fake, "/client_sessions/get", id)).status).toBe(200);
      expect((await seamCall(fake, "/client_sessions/delete", id)).status).toBe(200);
      expect((await seamCall(fake, "/client_sessions/get", id)).status).toBe(404);
    });

    it("swaps the account behind a key, and a row's workspace", async () => {
      const fake = await seamFake(twoSessions());
      fake.effects({
        match: { path: "/client_sessions/list" },
        effect: { do: "set", id: ONE, fields: { workspace_id: TWO } },
      });
      expect(await (await seamCall(fake, "/client_sessions/list")).text()).toContain(
        `"workspace_id":"${TWO}"`,
      );
      fake.effects({ effect: { do: "rekey", workspace_id: TWO } });
      const listed = await seamCall(fake, "/client_sessions/list");
      expect(await listed.json()).toEqual({ client_sessions: [], ok: true });
      fake.reset();
      const again = await seamCall(fake, "/client_sessions/get", { client_session_id: ONE });
      expect(await again.text()).toContain(`"workspace_id":"${SEAM_WORKSPACE}"`);
    });
  });
}

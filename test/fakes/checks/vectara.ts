import { describe, expect, it } from "vitest";

import { agentWith, listPage, NOW, vectaraCall, vectaraFake } from "./client.ts";

/** That the fake of Vectara behaves as Vectara is described. */
export function checkVectara(): void {
  describe("the fake of Vectara", () => {
    it("skips rows when they are deleted while paging by offset", async () => {
      const fake = await vectaraFake(agentWith(25));
      let query = "limit=10";
      for (let page = await listPage(fake, "support", query); ;) {
        for (const { key } of page.sessions) {
          const path = `/v2/agents/support/sessions/${key}`;
          expect((await vectaraCall(fake, path, "DELETE")).status).toBe(204);
        }
        if (page.metadata.page_key === undefined) {
          break;
        }
        query = `limit=10&page_key=${encodeURIComponent(page.metadata.page_key)}`;
        page = await listPage(fake, "support", query);
      }
      expect(fake.sessions("support")).toHaveLength(10);
    });

    it("skips nothing when it pages by key, and can end with an empty page_key", async () => {
      const fake = await vectaraFake({ ...agentWith(25), paging: "key", page_end: "empty" });
      let key: string | undefined;
      do {
        const cursor = key === undefined ? "" : `&page_key=${encodeURIComponent(key)}`;
        const page = await listPage(fake, "support", `limit=10${cursor}`);
        for (const one of page.sessions) {
          fake.remove("support", one.key);
        }
        key = page.metadata.page_key;
      } while (key !== undefined && key !== "");
      expect(key).toBe("");
      expect(fake.sessions("support")).toEqual([]);
    });

    it("tells a missing agent from a missing session, and a bad key from both", async () => {
      const fake = await vectaraFake(agentWith(1));
      const agent = await vectaraCall(fake, "/v2/agents/other/sessions/x", "DELETE");
      expect([agent.status, await agent.json()]).toMatchObject([404, { id: "other" }]);
      const session = await vectaraCall(fake, "/v2/agents/support/sessions/x", "DELETE");
      expect([session.status, await session.json()]).toMatchObject([404, { id: "x" }]);
      const refused = await vectaraCall(fake, "/v2/agents/other", "GET", "wrong");
      expect([refused.status, await refused.json()]).toMatchObject([
        403,
        { messages: [expect.any(String)] },
      ]);
      fake.configure({ bad_key_status: 401, bad_key_body: "none", forbidden_agents: ["support"] });
      const silent = await vectaraCall(fake, "/v2/agents", "GET", "wrong");
      expect([silent.status, await silent.text()]).toEqual([401, ""]);
      expect((await vectaraCall(fake, "/v2/agents/support")).status).toBe(403);
      expect(await (await vectaraCall(fake, "/v2/agents")).json()).toMatchObject({ agents: [] });
      expect((await vectaraCall(fake, "/v2/agents?limit=101")).status).toBe(400);
      expect((await vectaraCall(fake, "/v2/nothing")).status).toBe(404);
    });

    it("shows events oldest first, hidden ones when asked, new ones in place", async () => {
      const fake = await vectaraFake({ now: NOW });
      const events = [
        { id: "aev_1", created_at: "2026-01-01T00:00:00Z" },
        { id: "aev_2", created_at: "2026-02-01T00:00:00Z", hidden: true },
      ];
      fake.seed({ sessions: [{ agent_key: "a", key: "s", events }] });
      fake.addEvent("a", "s", { id: "aev_0", created_at: "2025-12-01T00:00:00Z" });
      fake.effects({
        match: { id: "s" },
        skip: 1,
        effect: { do: "add_event", event: { id: "aev_3" } },
      });
      const ids = async (query: string): Promise<string[]> => {
        const response = await vectaraCall(fake, `/v2/agents/a/sessions/s/events?${query}`);
        const body: { events: { id: string }[] } = await response.json();
        return body.events.map((one) => one.id);
      };
      expect(await ids("")).toEqual(["aev_0", "aev_1"]);
      expect(await ids("include_hidden=true")).toEqual(["aev_0", "aev_1", "aev_2", "aev_3"]);
    });

    it("lists traces, which outlive their session, or has no such endpoint", async () => {
      const fake = await vectaraFake(agentWith(4));
      const path =
        "/v2/agent_analytics/traces?agent_key=support&started_after=2026-01-30T00:00:00Z";
      const count = async (): Promise<number> => {
        const body = (await (await vectaraCall(fake, path)).json()) as { traces: unknown[] };
        return body.traces.length;
      };
      expect(await count()).toBe(2);
      for (const { key } of fake.sessions("support") as { key: string }[]) {
        fake.remove("support", key);
      }
      expect(await count()).toBe(2);
      fake.configure({ traces: false });
      expect((await vectaraCall(fake, path)).status).toBe(404);
    });

    it("ignores, honours or refuses metadata_filter", async () => {
      const fake = await vectaraFake();
      const people = ["u-1", "u-2", "it's"];
      fake.seed({
        sessions: people.map((user_id, index) => ({
          agent_key: "a",
          key: `s${index}`,
          metadata: { user_id, profile: { tags: [user_id] } },
        })),
      });
      const keys = async (filter: string): Promise<string[]> => {
        const page = await listPage(fake, "a", `metadata_filter=${encodeURIComponent(filter)}`);
        return page.sessions.map((one) => one.key);
      };
      expect(await keys("user_id = 'u-1'")).toEqual(["s0", "s1", "s2"]);
      fake.configure({ metadata_filter: "honour" });
      expect(await keys("user_id = 'u-1'")).toEqual(["s0"]);
      expect(await keys("user_id = 'it''s'")).toEqual(["s2"]);
      expect(await keys(`'u-2' IN "profile.tags"`)).toEqual(["s1"]);
      fake.configure({ metadata_filter: "reject" });
      const path = "/v2/agents/a/sessions?metadata_filter=x";
      expect((await vectaraCall(fake, path)).status).toBe(400);
    });

    it("shows rows of another agent, ids for keys, documents as seeded", async () => {
      const tools = {
        helper: { type: "sub_agent", sub_agent_configuration: { mode: "agent_scoped" } },
      };
      const fake = await vectaraFake({
        seed: {
          agents: [{ key: "a", tool_configurations: tools }],
          sessions: [{ agent: "a", agent_key: "b", key: "stray" }],
        },
      });
      expect(await listPage(fake, "a", "")).toMatchObject({ sessions: [{ agent_key: "b" }] });
      const document: unknown = await (await vectaraCall(fake, "/v2/agents/a")).json();
      expect(document).toMatchObject({ tool_configurations: tools });
      fake.configure({ id_field: "id" });
      const [row] = (await listPage(fake, "a", "")).sessions;
      expect(row).toMatchObject({ id: "stray" });
      expect(row).not.toHaveProperty("key");
      fake.seed({ sessions: [{ agent: "a", key: "bare", raw: true }] });
      expect(fake.session("a", "bare")?.session).toEqual({ key: "bare" });
    });
  });
}

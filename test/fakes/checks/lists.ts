import { describe, expect, it } from "vitest";

import { listPage, ONE, seamCall, seamFake, TWO, twoSessions, vectaraFake } from "./client.ts";

const PATH = "/client_sessions/list";

interface Rows {
  client_sessions: { client_session_id: string }[];
}

/** That lists lie as they are told to, and that the stores behind them do not change by it. */
export function checkLists(): void {
  describe("lists that lie", () => {
    it("repeat, skip and shuffle, each call in its own way", async () => {
      const fake = await seamFake(twoSessions());
      const ids = async (body: object = {}): Promise<string[]> => {
        const answer = (await (await seamCall(fake, PATH, body)).json()) as Rows;
        return answer.client_sessions.map((one) => one.client_session_id);
      };
      fake.configure({ lists: { repeat: 2 } });
      expect(await ids()).toEqual([ONE, ONE, TWO, TWO]);
      fake.configure({ lists: { skip_every: 2 } });
      expect((await ids()).concat(await ids()).toSorted()).toEqual([ONE, TWO]);
      fake.configure({ lists: { shuffle: true } });
      const orders = new Set<string>();
      for (let call = 0; call < 20; call += 1) {
        orders.add((await ids()).join(" "));
      }
      expect([...orders].toSorted()).toEqual([`${ONE} ${TWO}`, `${TWO} ${ONE}`]);
      fake.configure({ lists: { ignore_filters: true } });
      expect(await ids({ user_identifier_key: "jane" })).toEqual([ONE, TWO]);
      fake.configure({ lists: {} });
      expect(await ids()).toEqual([ONE, TWO]);
    });

    it("never end", async () => {
      const fake = await seamFake({ ...twoSessions(), lists: { endless: true } });
      const abort = new AbortController();
      const answer = await fetch(`${fake.url}${PATH}`, {
        headers: { authorization: `Bearer ${fake.apiKey}` },
        signal: abort.signal,
      });
      let bytes = 0;
      for await (const part of answer.body ?? []) {
        bytes += part.length;
        if (bytes > 1_000_000) {
          break;
        }
      }
      abort.abort();
      expect(bytes).toBeGreaterThan(1_000_000);
      const agents = await vectaraFake({ lists: { endless: true } });
      agents.seed({ agents: [{ key: "a", sessions: [{ key: "s0" }, { key: "s1" }] }] });
      const first = await listPage(agents, "a", "limit=3");
      expect(first.sessions.map(({ key }) => key)).toEqual(["s0", "s1", "s0"]);
      const next = await listPage(agents, "a", `limit=3&page_key=${first.metadata.page_key}`);
      expect(next.sessions.map(({ key }) => key)).toEqual(["s1", "s0", "s1"]);
      expect(next.metadata.page_key).not.toBe(first.metadata.page_key);
    });

    it("keep a journal of what callers removed, as it was at that time", async () => {
      const fake = await seamFake(twoSessions());
      fake.change(ONE, { user_identifier_key: "joe" });
      fake.remove(TWO);
      await seamCall(fake, "/client_sessions/delete", { client_session_id: ONE });
      expect(fake.state({ full: "1" })).toMatchObject({
        removals: [{ session: { client_session_id: ONE, user_identifier_key: "joe" } }],
      });
      fake.reset();
      expect(fake.state({ full: "1" })).toMatchObject({ removals: [] });
    });
  });
}

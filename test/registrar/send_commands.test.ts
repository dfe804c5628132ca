import { describe, expect, test, vi } from "vitest";
import type { Command } from "../../src/contract/custodian.ts";
import type { Timers } from "../../src/platform/timers.ts";
import type { Commands } from "../../src/registrar/tables/commands.ts";
import { Courier } from "../../src/registrar/send_commands.ts";

const stop = (id: string): Command => ({ do: "stop", id, as: "stopped" });

/** A courier over commands in memory, to Custodians that do as they are told. */
function open(custodians: Record<string, (command: Command) => Promise<void>>) {
  const queue: { no: number; source: string; command: Command }[] = [];
  const taken: string[] = [];
  const alarms = new Map<string, number>();
  let now = 1_000_000;
  let no = 0;
  const commands = {
    sources: () => [...new Set(queue.map(({ source }) => source))],
    first: (source: string) => queue.find((one) => one.source === source) ?? null,
    acknowledged: (done: { no: number }) => {
      queue.splice(
        queue.findIndex((one) => one.no === done.no),
        1,
      );
    },
  };
  const timers = {
    set: (name: string, at: number) => alarms.set(name, at),
    clear: (name: string) => alarms.delete(name),
    arm: async () => {},
  };
  const runtime = {
    now: () => now,
    random: () => 0,
    randomBytes: () => new Uint8Array(),
    sleep: async () => {},
  };
  const courier = new Courier(
    {
      commands: commands as unknown as Commands,
      timers: timers as unknown as Timers,
      runtime,
    },
    (source) => ({
      async command(command) {
        await custodians[source]?.(command);
        taken.push(`${source} ${command.do === "start" ? command.order.id : command.id}`);
      },
      wake: async () => {},
    }),
  );
  return {
    courier,
    taken,
    alarms,
    put: (source: string, id: string) => {
      no += 1;
      queue.push({ no, source, command: stop(id) });
    },
    takeBack: (id: string) => {
      queue.splice(
        queue.findIndex(({ command }) => command.do === "stop" && command.id === id),
        1,
      );
    },
    pass: (ms: number) => {
      now += ms;
    },
    get now() {
      return now;
    },
  };
}

describe("commands on their way", () => {
  test("reach the other sources while one hangs, and go again when it is back", async () => {
    vi.useFakeTimers();
    let isHanging = true;
    const post = open({
      slow: async () => (isHanging ? new Promise(() => {}) : undefined),
      fine: async () => {},
    });
    post.put("slow", "a");
    post.put("fine", "b");
    post.put("slow", "c");
    post.put("fine", "d");
    const sent = post.courier.send();
    await vi.advanceTimersByTimeAsync(10);
    expect(post.taken).toEqual(["fine b", "fine d"]);
    // While the first still hangs, what others ask for goes out at once.
    post.put("fine", "e");
    await post.courier.send();
    expect(post.taken).toEqual(["fine b", "fine d", "fine e"]);
    await vi.advanceTimersByTimeAsync(5000);
    await sent;
    expect(post.alarms.get("commands")).toBe(post.now + 2000);
    post.put("fine", "f");
    await post.courier.send();
    expect(post.taken).toEqual(["fine b", "fine d", "fine e", "fine f"]);
    isHanging = false;
    post.pass(2000);
    await post.courier.send();
    expect(post.taken.slice(4)).toEqual(["slow a", "slow c"]);
    expect(post.alarms.has("commands")).toBe(false);
    vi.useRealTimers();
  });

  test("keep their order in a source that is away, which is asked less and less often", async () => {
    let isAway = true;
    const post = open({
      gone: async () => {
        if (isAway) {
          throw new Error("away");
        }
      },
    });
    post.put("gone", "a");
    post.put("gone", "b");
    const pauses: number[] = [];
    for (let times = 0; times < 6; times++) {
      await post.courier.send();
      const pause = (post.alarms.get("commands") ?? 0) - post.now;
      pauses.push(pause);
      post.pass(pause);
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(post.taken).toEqual([]);
    isAway = false;
    await post.courier.send();
    expect(post.taken).toEqual(["gone a", "gone b"]);
  });

  test("do not go any more when they are taken back while one before them is under way", async () => {
    const post = open({
      a: async (command) => {
        if (command.do === "stop" && command.id === "first") {
          post.takeBack("second");
        }
      },
    });
    post.put("a", "first");
    post.put("a", "second");
    post.put("a", "third");
    await post.courier.send();
    expect(post.taken).toEqual(["a first", "a third"]);
  });
});

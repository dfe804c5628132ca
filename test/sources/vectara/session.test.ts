import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INCOMPARABLE } from "../../../src/core/session/person.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { Identifier, matchSubject, namesSomebody } from "../../../src/core/session/subject.ts";
import { OVERSIZED } from "../../../src/sources/json/list_scanner.ts";
import { advance, FIRST_PAGE, type Position } from "../../../src/sources/vectara/page_position.ts";
import { readerOfSession } from "../../../src/sources/vectara/page.ts";
import { toSession } from "../../../src/sources/vectara/session.ts";

const ROW = {
  key: "ase_1",
  agent_key: "agt_1",
  name: "A talk",
  metadata: { user_id: "u-1", profile: { customer_id: 12 } },
  status: "stopped",
  tti_minutes: 0,
  created_at: "2026-01-15T10:30:00Z",
};
const PATHS = ["user_id", "profile.customer_id"];

function read(change: Record<string, unknown> = {}, paths: readonly string[] = PATHS): Session {
  const session = toSession({ ...ROW, ...change }, "agt_1", paths);
  if (!session.ok) {
    throw new Error(session.error.detail);
  }
  return session.value;
}

function valuesAt(metadata: unknown, path = "user_id"): unknown {
  return read({ metadata }, [path]).person.find(({ type }) => type === `metadata:${path}`)?.values;
}

describe("a session of Vectara", () => {
  it("is read into the normal form", () => {
    const created = Date.parse("2026-01-15T10:30:00Z");
    expect(read()).toEqual({
      scope: "agt_1",
      id: "ase_1",
      clocks: { created_at: created, last_active_at: created },
      activity_read: false,
      busy: false,
      person: [
        { type: "metadata:user_id", values: ["u-1"] },
        { type: "metadata:profile.customer_id", values: [12] },
        { type: "agent_session_id", values: ["agt_1/ase_1", "ase_1"] },
      ],
      parent: null,
      version: 0,
      metadata: ROW.metadata,
    });
  });

  it.each([
    ["running", true],
    ["a state of tomorrow", true],
    ["stopped", false],
    ["unstarted", false],
    [undefined, false],
    [null, false],
  ])("with the status %j is in use: %j", (status, busy) => {
    expect(read({ status }).busy).toBe(busy);
  });

  it.each([undefined, null, "", "soon", "1970-01-01T00:00:00Z", 1_767_225_600])(
    "created at %j has no clock at all",
    (created_at) => {
      expect(read({ created_at }).clocks).toEqual({ created_at: null, last_active_at: null });
    },
  );

  it("has a parent only when agent and session are both named", () => {
    const created_by_agent_key = "agt_p";
    const created_by_session_key = "ase_p";
    expect(read({ created_by_agent_key, created_by_session_key }).parent).toEqual({
      scope: "agt_p",
      id: "ase_p",
    });
    expect(read({ created_by_session_key }).parent).toBeNull();
    expect(read({ created_by_agent_key, created_by_session_key: null }).parent).toBeNull();
    expect(read({ created_by_agent_key: "..", created_by_session_key }).parent).toBeNull();
  });

  it.each([undefined, null, "", 7, "a/b", "..", ".", "a\nb", " ", "x".repeat(201)])(
    "with the key %j cannot even be named",
    (key) => {
      expect(toSession({ ...ROW, key }, "agt_1", PATHS)).toMatchObject({
        ok: false,
        error: { ref: null },
      });
    },
  );

  it("may name its key `id`, and need not name its agent", () => {
    const { key: id, agent_key: _agent, ...rest } = ROW;
    expect(toSession({ id, ...rest }, "agt_1", PATHS)).toMatchObject({
      ok: true,
      value: { scope: "agt_1", id: "ase_1" },
    });
  });

  it.each([
    ["of another agent", { agent_key: "agt_2" }],
    ["of an agent that is no text", { agent_key: 7 }],
    ["with metadata that are too large to be read", { metadata: OVERSIZED }],
  ])("%s is told by its key, and with what made it", (_, change) => {
    const made = { created_by_agent_key: "agt_p", created_by_session_key: "ase_p" };
    expect(toSession({ ...ROW, ...made, ...change }, "agt_1", PATHS)).toMatchObject({
      ok: false,
      error: { ref: { scope: "agt_1", id: "ase_1" }, parent: { scope: "agt_p", id: "ase_p" } },
    });
  });
});

describe("a person's field", () => {
  it.each([
    [{ user_id: "u-1" }, ["u-1"]],
    [{ user_id: 1 }, [1]],
    [{ user_id: "1" }, ["1"]],
    [{ user_id: false }, [false]],
    [{ user_id: ["u-1", null, 2] }, ["u-1", 2]],
    [{ user_id: [] }, []],
    [{ user_id: null }, []],
    [{}, []],
    [null, []],
    [undefined, []],
    [{ user_id: { id: "u-1" } }, [INCOMPARABLE]],
    [{ user_id: ["u-1", ["u-2"]] }, ["u-1", INCOMPARABLE]],
    ["user_id=u-1", [INCOMPARABLE]],
    [["u-1"], [INCOMPARABLE]],
  ])("%j holds %j", (metadata, values) => {
    expect(valuesAt(metadata)).toEqual(values);
  });

  it("with an integer that JSON numbers cannot hold equals no identifier", () => {
    // Both texts are read as 9007199254740992: without this, two people would be one.
    const session = read({ metadata: JSON.parse('{"user_id": 9007199254740993}') as unknown });
    const value = JSON.parse("9007199254740992") as number;
    expect(matchSubject([{ type: "metadata:user_id", value }], session).kind).toBe("none");
  });

  it("that cannot be compared names somebody, and no identifier can name it", () => {
    const session = read({ metadata: { user_id: { id: 1 } } }, ["user_id"]);
    expect(namesSomebody(session)).toBe(true);
    const given = Identifier.safeParse({ type: "metadata:user_id", value: INCOMPARABLE });
    expect(given.success).toBe(false);
    const same = [{ type: "metadata:user_id", value: INCOMPARABLE }];
    expect(matchSubject(same, session).kind).toBe("none");
  });

  it("is found through own properties only", () => {
    expect(valuesAt({}, "constructor.name")).toEqual([]);
    expect(valuesAt(JSON.parse('{"__proto__": {"user_id": "u-1"}}'))).toEqual([]);
  });
});

describe("paging", () => {
  it.each([undefined, null, ""])("ends at the page key %j", (key) => {
    expect(advance(FIRST_PAGE, key, 10)).toEqual({ ok: true, value: null });
  });

  it("refuses a page key of any length", () => {
    expect(advance(FIRST_PAGE, "k".repeat(2001), 10)).toMatchObject({ ok: false });
  });

  /** Walks along keys until one is refused; how many were taken. */
  function taken(keys: Iterable<string>): number {
    let at: Position = FIRST_PAGE;
    let count = 0;
    for (const key of keys) {
      const next = advance(at, key, 1_000_000);
      if (!next.ok || next.value === null) {
        break;
      }
      at = next.value;
      count += 1;
    }
    return count;
  }

  it("finds a circle of any length after any beginning, within three rounds", () => {
    const circles = fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 200 }));
    const walk = fc.property(circles, ([head, round]) => {
      const most = 3 * (head + round) + 2;
      const keys = Array.from({ length: most }, (_, page) =>
        page < head ? `key-${page}` : `key-${head + ((page - head) % round)}`,
      );
      return taken(keys) < most;
    });
    expect(() => fc.assert(walk)).not.toThrow();
  });

  it("never takes different keys for a circle", () => {
    const lists = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 200 });
    const walk = fc.property(lists, (keys) => taken(keys) === keys.length);
    expect(() => fc.assert(walk)).not.toThrow();
  });
});

describe("a session whose parent is named by something other than text", () => {
  it.each([
    [{ created_by_agent_key: "agt_1", created_by_session_key: 7 }],
    [{ created_by_agent_key: { key: "agt_1" }, created_by_session_key: "ase_0" }],
    [{ created_by_agent_key: "agt_1", created_by_session_key: OVERSIZED }],
  ])("is kept and named: it may be anybody's", (change) => {
    expect(toSession({ ...ROW, ...change }, "agt_1", PATHS)).toMatchObject({
      ok: false,
      error: { ref: { scope: "agt_1", id: "ase_1" } },
    });
  });
});

describe("the answer for one session", () => {
  const encoder = new TextEncoder();
  const LARGE = {
    ...ROW,
    notes: "x".repeat(3_000_000),
    deep: JSON.parse("[".repeat(99) + "]".repeat(99)),
  };

  function readAlone(text: string, pieceBytes = 70_000): unknown {
    const reader = readerOfSession();
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const fault = reader.take(bytes.subarray(at, at + pieceBytes));
      if (fault !== null) {
        return fault.kind;
      }
    }
    const end = reader.end();
    return end.ok ? toSession(end.value, "agt_1", PATHS) : end.error.kind;
  }

  it("is read like a row of a list, however large and deep what is not wanted is", () => {
    const expected = { ok: true, value: read() };
    expect(readAlone(JSON.stringify(ROW), 1)).toEqual(expected);
    expect(readAlone(`\n ${JSON.stringify(LARGE, null, 2)}\r\n\t `)).toEqual(expected);
  });

  it("is kept where its metadata are too large, and in use where its state is", () => {
    const metadata = { note: "x".repeat(2_000_000) };
    expect(readAlone(JSON.stringify({ ...ROW, metadata }))).toMatchObject({
      ok: false,
      error: { ref: { scope: "agt_1", id: "ase_1" } },
    });
    const status = "stopped".padEnd(2_000_000);
    expect(readAlone(JSON.stringify({ ...ROW, status }))).toMatchObject({ value: { busy: true } });
  });

  it.each([
    ["nothing", ""],
    ["a list", "[]"],
    ["what breaks off", JSON.stringify(LARGE).slice(0, -1)],
    ["something behind it", `${JSON.stringify(ROW)} {}`],
    ["HTML", "<html></html>"],
  ])("is none that can be used when it is %s", (_name, text) => {
    expect(readAlone(text)).toBe("invalid");
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { erasureReport } from "../../support/openapi/reports.ts";
import { expectNoWrap, lethe, terminal, type Ran } from "./command.ts";
import { problem } from "./fake_api.ts";

const RUN = "07".repeat(8);
const VALUE = "jane_doe_4711";
const PERSON = ["erase", "--person", `user_identifier_key=${VALUE}`];

function report(id: string, more: object = {}): object {
  const request = {
    identifiers: [{ type: "user_identifier_key", value: "" }],
    sources: null,
    scopes: null,
    regulation: null,
    requested_at: 0,
    reference: null,
    dry_run: false,
  };
  return { ...erasureReport(id, request), ...more };
}

const ENDED = { status: "completed", finished_at: "2026-11-26T12:00:09.000Z" };

/** Nothing that is told, logged or sent in an address names the person. */
function expectUnnamed(ran: Ran): void {
  const told = [ran.out(), ...ran.errors(), ...ran.api.seen.map(({ call }) => call)];
  const keys = ran.api.seen.map(({ idempotency_key: key }) => String(key));
  expect([...told, ...keys].join("\n")).not.toContain(VALUE);
}

describe("lethe erase --person", () => {
  const answers = {
    "POST /v1/erasures": report("ers_1"),
    "GET /v1/erasures/ers_1": [report("ers_1", { status: "removing" }), report("ers_1", ENDED)],
  };

  test("asks a person, then Lethe", async () => {
    const person = terminal(80, "y");
    const args = [...PERSON, "--regulation", "gdpr", "--reference", "case 1", "--source", "a"];
    const ran = await lethe(args, answers, person);
    expect([ran.code, person.asked]).toEqual([
      0,
      ["Erase one person everywhere that http://127.0.0.1:8787 reaches? [y/N] "],
    ]);
    expect(ran.api.seen).toEqual([
      {
        call: "POST /v1/erasures",
        body: {
          subject: { identifiers: [{ type: "user_identifier_key", value: VALUE }] },
          regulation: "gdpr",
          reference: "case 1",
          sources: ["a"],
        },
        idempotency_key: `${RUN}-0`,
      },
    ]);
    expect(ran.lines().at(-1)).toContain(`1 erasure asked for; to wait, add: --wait --run ${RUN}`);
    expectUnnamed(ran);
    expectNoWrap(ran, 80);
  });

  test("asks for nothing without a yes", async () => {
    for (const [world, code] of [
      [terminal(80, ""), 1],
      [{}, 2],
    ] as const) {
      const ran = await lethe(PERSON, answers, world);
      expect([ran.code, ran.api.seen]).toEqual([code, []]);
      expectUnnamed(ran);
    }
  });

  test("waits to its end: JSON lines in a pipe", async () => {
    const ran = await lethe([...PERSON, "--yes", "--wait"], answers);
    expect(ran.code).toBe(0);
    expect(ran.json().map((line) => (line as { status: string }).status)).toEqual([
      "queued",
      "removing",
      "completed",
    ]);
  });

  test("only looks in a dry run: nobody is asked, and what stands against it is told", async () => {
    const blockers = [{ code: "held", source: "client_sessions", sessions: 1 }];
    const observed = { ...ENDED, status: "observed", dry_run: true, blockers };
    const ran = await lethe(
      [...PERSON, "--dry-run"],
      { ...answers, "GET /v1/erasures/ers_1": report("ers_1", observed) },
      terminal(80),
    );
    expect([ran.code, ran.errors()]).toEqual([0, []]);
    expect(ran.api.seen[0]?.body).toMatchObject({ dry_run: true });
    expect(ran.lines().slice(-2)).toEqual([
      "  stands against it: held, client_sessions, 1 session",
      "1 dry run: nothing was removed",
    ]);
  });

  test("ends with 1 where something is left, and says what settles it", async () => {
    const waits = { status: "needs_approval", waits_since: "2026-11-26T12:00:00.000Z" };
    const ran = await lethe(
      [...PERSON, "--yes", "--wait"],
      { ...answers, "GET /v1/erasures/ers_1": report("ers_1", waits) },
      terminal(80),
    );
    expect(ran.code).toBe(1);
    expect(ran.out()).toContain("  > npx lethe approve ers_1");
    const partial = { status: "partial", finished_at: ENDED.finished_at };
    const left = await lethe([...PERSON, "--yes", "--wait"], {
      ...answers,
      "GET /v1/erasures/ers_1": report("ers_1", partial),
    });
    expect(left.code).toBe(1);
  });

  test("takes the person from the input, so that no command line names one", async () => {
    const readInput = async (): Promise<string> =>
      `user_identifier_key=${VALUE}\nuser_identity_id=${VALUE}_2\n`;
    const ran = await lethe(["erase", "--person", "-", "--yes"], answers, { readInput });
    expect(ran.api.seen[0]?.body).toEqual({
      subject: {
        identifiers: [
          { type: "user_identifier_key", value: VALUE },
          { type: "user_identity_id", value: `${VALUE}_2` },
        ],
      },
    });
    const person = terminal(80, `user_identifier_key=${VALUE}`, "y");
    const typed = await lethe(["erase", "--person", "-"], answers, person);
    expect([typed.code, typed.api.seen.length]).toEqual([0, 1]);
    expectUnnamed(typed);
  });

  test.each<readonly string[]>([
    ["erase"],
    ["erase", VALUE],
    ["erase", "--person", VALUE],
    ["erase", `--persn=user_identifier_key=${VALUE}`],
    ["erase", "--person", `${VALUE}=user_identifier_key`],
    ["erase", "--person", `=${VALUE}`],
    ["erase", "--person", `user_identifier_key=${VALUE} `],
    ["erase", "--person", `user_identifier_key=${VALUE}*`],
    ["erase", "--person", `agent_session_id=a/${VALUE}/c`],
    [...PERSON, "--csv", "x.csv"],
    [...PERSON, "--column", "x"],
    ["erase", "--csv", "x.csv"],
    [...PERSON, "--run", "mine"],
    [...PERSON, "--regulation", "lgpd"],
  ])("refuses %j, and repeats no value", async (...args) => {
    const ran = await lethe([...args, "--yes"], answers);
    expect([ran.code, ran.api.seen, ran.errors().length]).toEqual([2, [], 1]);
    expectUnnamed(ran);
  });
});

describe("lethe erase --csv", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lethe-csv-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function erase(
    text: string | Uint8Array,
    answers: Parameters<typeof lethe>[1] = {},
    more: readonly string[] = [],
    world: Parameters<typeof lethe>[2] = {},
  ): Promise<Ran> {
    const file = join(folder, "people.csv");
    await writeFile(file, text);
    const args = ["--csv", file, "--column", "key", "--type", "user_identifier_key", "--yes"];
    return lethe(["erase", ...args, ...more], answers, world);
  }

  const made = { "POST /v1/erasures": [report("ers_1"), report("ers_2"), report("ers_3")] };

  test("asks for each person once, with the reference of the line", async () => {
    const text = `case,key\r\n1,${VALUE}\r\n2,"b ""c"", d"\r\n3,${VALUE}\r\n,e\r\n`;
    const ran = await erase(text, made, ["--reference-column", "case"], terminal(80));
    expect(ran.code).toBe(0);
    const asked = ran.api.seen.map(({ body, idempotency_key: key }) => ({ body, key }));
    const identifiers = (value: string): object => ({
      identifiers: [{ type: "user_identifier_key", value }],
    });
    expect(asked).toEqual([
      { body: { subject: identifiers(VALUE), reference: "1" }, key: `${RUN}-0` },
      { body: { subject: identifiers('b "c", d'), reference: "2" }, key: `${RUN}-1` },
      { body: { subject: identifiers("e") }, key: `${RUN}-2` },
    ]);
    expect(ran.out()).toContain("asking  [################........]  2 of 3");
    expectUnnamed(ran);
    expectNoWrap(ran, 80);
  });

  test.each<[string, string | Uint8Array, string]>([
    ["a line that is no value", `key\n${VALUE}\n\n${VALUE} \n`, "line 4: white space at an edge"],
    ["an empty value", `key,b\n${VALUE},1\n,2\n`, "line 3: empty: give the exact value"],
    ["a line of another length", `key,b\n${VALUE}\n`, "line 2: it has 1 fields"],
    ["a stray quotation mark", `key\n${VALUE}"x\n`, "line 2: a quotation mark"],
    ["an open quotation mark", `key\n"${VALUE}\n`, "a quotation mark"],
    ["no such column", `${VALUE},b\n`, "no column has this title"],
    ["the column twice", "key,key\na,b\n", "it names it 2 times"],
    ["nobody", "key\n", "names nobody"],
    ["nothing", "", "no column has this title"],
    ["other bytes", Uint8Array.of(0x6b, 0x65, 0x79, 0x0a, 0xff, 0x0a), "is not UTF-8"],
  ])("refuses a file with %s as a whole, and repeats no value", async (_, text, message) => {
    const ran = await erase(text, made);
    expect([ran.code, ran.api.seen]).toEqual([2, []]);
    expect(ran.errors()).toEqual([expect.stringContaining(message)]);
    expectUnnamed(ran);
  });

  test("says of a file that is not there just that", async () => {
    const args = ["--csv", "no/such.csv", "--column", "key", "--type", "user_identifier_key"];
    const ran = await lethe(["erase", ...args, "--yes"]);
    expect([ran.code, ran.errors()]).toEqual([2, ["lethe: no/such.csv: there is no such file"]]);
  });

  test("says once what is wrong with a type, not of each line, and does not repeat it", async () => {
    const ran = await erase(`key\n${VALUE}\nb\n`, made, ["--type", VALUE]);
    expect([ran.code, ran.api.seen]).toEqual([2, []]);
    expect(ran.errors()).toEqual([
      expect.stringMatching(/^lethe: --type: unknown type: use user_identifier_key, .*path>$/),
    ]);
    expectUnnamed(ran);
  });

  test("says in the end how many are complete", async () => {
    const ended = (id: string, status: string): object => ({
      [`GET /v1/erasures/${id}`]: report(id, { ...ENDED, status }),
    });
    const all = { ...made, ...ended("ers_1", "completed"), ...ended("ers_2", "no_match") };
    const well = await erase("key\na\nb\n", all, ["--wait"], terminal(80));
    expect([well.code, well.lines().at(-1)]).toEqual([
      0,
      "2 erasures complete: no session is visible any more",
    ]);
    const left = await erase(
      "key\na\nb\n",
      { ...all, ...ended("ers_2", "partial") },
      ["--wait"],
      terminal(80),
    );
    expect([left.code, left.lines().at(-1)]).toEqual([1, "2 erasures, 1 not complete: see above"]);
  });

  test("names the line of the file with what became of it", async () => {
    const ended = (id: string, status: string): object => ({
      [`GET /v1/erasures/${id}`]: report(id, { ...ENDED, status }),
    });
    const all = { ...made, ...ended("ers_1", "completed"), ...ended("ers_2", "partial") };
    const ran = await erase(`key\n${VALUE}\n\nb\n`, all, ["--wait"], terminal(80));
    // In front of the first stands what clears the progress.
    expect(ran.out()).toMatch(/line 2 {2}ers_1 {2}completed.*\nline 4 {2}ers_2 {2}partial/);
    expectUnnamed(ran);
  });

  test("says while it waits that everything is paused, and by whom", async () => {
    const all = { until: null, by: "op", reason: "look", at: "2026-11-26T11:00:00.000Z" };
    const answers = {
      "POST /v1/erasures": report("ers_1"),
      "GET /v1/erasures/ers_1": [report("ers_1", { status: "removing" }), report("ers_1", ENDED)],
      "GET /v1/switch": { all, sources: {}, still_paused: [] },
    };
    const ran = await erase("key\na\n", answers, ["--wait"], terminal(80));
    expect(ran.out()).toContain("paused: nothing is removed from any source (by op: look)\n");
    expect(ran.out()).toContain("> npx lethe resume\n");
  });

  test("says how to go on where nobody reads the output any more", async () => {
    let isUnread = false;
    const world = {
      write: () => {
        isUnread = true;
      },
      goOn: () => {
        if (isUnread) {
          throw new Error("aborted");
        }
      },
      isStopped: () => isUnread,
      isUnread: () => isUnread,
    };
    const ran = await erase("key\na\nb\n", made, [], world);
    expect([ran.code, ran.errors()]).toEqual([141, [expect.stringContaining(`--run ${RUN}`)]]);
  });

  test("goes on after a line that Lethe refuses, and names the line", async () => {
    const answers = {
      "POST /v1/erasures": [report("ers_1"), problem(400, "Wrong."), report("ers_3")],
    };
    const ran = await erase("key\na\nb\nc\n", answers, [], terminal(80));
    expect([ran.code, ran.api.seen.length]).toEqual([1, 3]);
    expect(ran.errors()).toEqual([expect.stringContaining("line 3 was refused")]);
  });

  test.each([401, 403, 503])(
    "ends where it is answered %d, and says how to go on",
    async (status) => {
      const answers = { "POST /v1/erasures": [report("ers_1"), problem(status, "No.")] };
      const ran = await erase("key\na\nb\nc\n", answers);
      expect([ran.code, ran.api.seen.length]).toEqual([status === 503 ? 3 : 1, 2]);
      expect(ran.errors().join()).toContain(`--run ${RUN}`);
    },
  );

  test("goes on with a run that was stopped, under the same keys", async () => {
    let stopped = false;
    const goOn = (): void => {
      if (stopped) {
        throw new Error("aborted");
      }
    };
    const write = (text: string): void => {
      stopped ||= text.includes("ers_2");
    };
    const first = await erase("key\na\nb\nc\n", made, [], {
      goOn,
      isStopped: () => stopped,
      write,
    });
    expect(first.code).toBe(130);
    expect(first.errors()).toEqual([expect.stringContaining(`--run ${RUN}`)]);
    const other = "ab".repeat(8);
    const second = await erase("key\na\nb\nc\n", made, ["--run", other]);
    expect(second.api.seen.map(({ idempotency_key: key }) => key)).toEqual([
      `${other}-0`,
      `${other}-1`,
      `${other}-2`,
    ]);
  });
});

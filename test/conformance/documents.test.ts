import { join } from "node:path";
import { expect, test } from "vitest";
import { ApiKeys } from "../../src/config/keys.ts";
import { findKey } from "../../src/core/values/secret_key.ts";
import { blocksOf, textOf } from "../documents/text.ts";
import { runBlocks } from "./run_blocks.ts";
import { emptyFolder, runStart } from "./start_command.ts";

/** Where commands to paste are. The README's come first: the others use its variables. */
const DOCUMENTS = [
  "README.md",
  "docs/POLICIES.md",
  "docs/HOLDS.md",
  "docs/API.md",
  "docs/CONFIG.md",
];

/** The JSON documents of an output, one a line. */
function documentsIn(output: string | undefined): unknown[] {
  const lines = (output ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as unknown);
}

test("the documents' commands do what the documents say", async () => {
  const folder = await emptyFolder();
  const start = runStart(folder);
  const [, url = ""] = await start.until(/Lethe runs at (\S+)/);
  await start.until(/stale-agent-sessions +[\d,]+ +[\d,]+ +[\d,]+ +0 +0 /);
  await start.until(/expired-client-sessions +[\d,]+ +[\d,]+ +[\d,]+ +0 +0 /);
  const blocks = DOCUMENTS.flatMap((document) => blocksOf(textOf(document), "sh")).map((block) =>
    block.replace("http://127.0.0.1:8787", url).replace(".lethe/api_key", join(folder, "api_key")),
  );
  expect(blocks).toHaveLength(9);
  // What the block about keys has made is shown here alone: a person keeps it to themselves.
  blocks.push('echo "\\"$NEW_KEY\\""');

  const answers = (await runBlocks(blocks)).map(documentsIn);
  const [variables, sweeps, policy, asked, erased, preview, turned, stored, keys, newKey] = answers;

  expect(variables).toEqual([]);
  // A minute may pass meanwhile, and with it the next sweeps begin.
  const sweep = { id: expect.stringMatching(/^swp_/) as unknown, mode: "enforce" };
  expect(sweeps).toMatchObject([{ data: [sweep, sweep] }]);

  const [{ id }] = asked as [{ id: string }];
  expect(asked).toMatchObject([{ regulation: "gdpr", status_url: `/v1/erasures/${id}` }]);
  expect(erased).toMatchObject([
    { data: [{ id, status: "completed" }] },
    { client_sessions: [], ok: true },
  ]);
  expect(JSON.stringify(asked) + JSON.stringify(erased?.[0])).not.toContain("jane_doe");
  const [{ data }] = erased as [{ data: [{ sources: Record<string, { found: number }> }] }];
  expect(data[0].sources["client_sessions"]?.found).toBeGreaterThan(0);
  expect(data[0].sources["agent_sessions"]?.found).toBeGreaterThan(0);

  expect(policy).toMatchObject([
    { expire: [{ clock: "created_at", after: "P1M" }], mode: "observe" },
    { policy: "old-agents" },
    { data: [{ policy: "old-agents", status: "observed", dispositions: {} }] },
  ]);
  // An example that shows nought shows nothing.
  const [, , { data: observed }] = policy as [
    unknown,
    unknown,
    { data: [{ counts: { due: number } }] },
  ];
  expect(observed[0].counts.due).toBeGreaterThan(100);

  expect(preview).toMatchObject([
    { policy: "old-agents", trigger: "preview" },
    { data: [{ trigger: "preview", difference: { removed: 0 } }] },
  ]);
  const [, { data: previewed }] = preview as [
    unknown,
    { data: [{ difference: { added: number } }] },
  ];
  expect(previewed[0].difference.added).toBeGreaterThan(100);

  const inForce = { client_sessions: true, agent_sessions: true };
  expect(turned).toMatchObject([
    { all: { reason: "a look around" }, in_force: inForce },
    { all: null, in_force: inForce },
  ]);

  expect(stored).toMatchObject([
    { client_session: { user_identifier_key: "guest_0007" } },
    { agents: [{ key: expect.stringMatching(/^agt_/) as unknown }, {}] },
  ]);

  const [made] = newKey as [string];
  const [list] = keys as [unknown];
  expect(findKey(ApiKeys.parse(list), made)?.name).toBe("me");

  await start.until(/erasure {2}ers_\S+ {2}completed;\s+found \d+, removed \d+/);
  start.signal("SIGINT");
  expect((await start.ended).code).toBe(0);
});

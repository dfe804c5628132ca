import { join } from "node:path";
import { expect, test } from "vitest";
import { blocksOf, textOf } from "../documents/text.ts";
import { runBlocks } from "./run_blocks.ts";
import { emptyFolder, runStart } from "./start_command.ts";

test("the tutorial's commands do what it says", async () => {
  const folder = await emptyFolder();
  const start = runStart(folder);
  const [, url = ""] = await start.until(/Lethe runs at (\S+)/);
  await start.until(/stale-agent-sessions +[\d,]+ +[\d,]+ +[\d,]+ +0 +0 /);
  await start.until(/expired-client-sessions +[\d,]+ +[\d,]+ +[\d,]+ +0 +0 /);
  const blocks = blocksOf(textOf("docs/TUTORIAL.md"), "sh").map((block) =>
    block.replace("http://127.0.0.1:8787", url).replace(".lethe/api_key", join(folder, "api_key")),
  );
  const [look, policy, decide, held, erased, stopped] = await runBlocks(blocks);

  expect(look).toMatch(/^ok {2}/);
  expect(look).toMatch(/stale-agent-sessions +deleted +[1-9]/);
  expect(policy).toContain("written old-agents");
  expect(policy).toMatch(/"status":"observed".*"due":[1-9]\d\d/);
  expect(decide).toContain("it waits for a person");
  expect(decide).toMatch(/swp_\w+ +old-agents +braked/);
  expect(decide).toMatch(/^approved swp_/m);
  expect(held).toMatch(/"status":"partial".*"held":[1-9]/);
  expect(held).toContain("something is left");
  expect(erased).toMatch(/"status":"completed"/);
  expect(`${held}${erased}`).not.toContain("jane_doe");
  expect(stopped).toContain("a look around");

  start.signal("SIGINT");
  expect((await start.ended).code).toBe(0);
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyFolder, runStart } from "./start_command.ts";

// A name that never resolves (RFC 2606): nothing leaves this machine, and it is not a loopback endpoint.
const LIVE = [
  "--var",
  "SEAM_API_KEY:seam_a_live_key",
  "--var",
  "SEAM_ENDPOINT:https://seam.invalid",
];
const OTHER = [
  "--var",
  "SEAM_API_KEY:seam_another_key",
  "--var",
  "SEAM_ENDPOINT:https://seam.invalid",
];
const POLICY = "expired-client-sessions";

interface Started {
  readonly url: string;
  readonly authorization: string;
  stop(): Promise<string>;
}

async function startOn(folder: string, args: readonly string[]): Promise<Started> {
  const command = runStart(folder, ...args);
  const [, url = ""] = await command.until(/Lethe runs at (\S+)/);
  await command.until(/policy +stale-agent-sessions/);
  const key = (await readFile(join(folder, "api_key"), "utf8")).trim();
  return {
    url,
    authorization: `Bearer ${key}`,
    stop: async () => {
      command.signal("SIGINT");
      return (await command.ended).output;
    },
  };
}

async function modeOf({ url, authorization }: Started): Promise<unknown> {
  const answer = await fetch(`${url}/v1/policies/${POLICY}`, { headers: { authorization } });
  return ((await answer.json()) as { mode: unknown }).mode;
}

async function enforce({ url, authorization }: Started): Promise<void> {
  const path = `${url}/v1/policies/${POLICY}`;
  const policy = (await (await fetch(path, { headers: { authorization } })).json()) as object;
  const answer = await fetch(path, {
    method: "PUT",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ ...policy, mode: "enforce" }),
  });
  expect(answer.status).toBe(200);
}

test("a first try on real credentials removes nothing, whatever was loaded before", async () => {
  const folder = await emptyFolder();
  const embedded = await startOn(folder, []);
  expect(await modeOf(embedded)).toBe("enforce");
  await embedded.stop();

  const live = await startOn(folder, LIVE);
  expect(await modeOf(live)).toBe("observe");
  await enforce(live);
  const said = await live.stop();
  expect(said.replaceAll(/\s+/g, " ")).toContain(
    `policy ${POLICY} observe: it removes nothing at https://seam.invalid, the account of SEAM_API_KEY`,
  );
  expect(said).toMatch(
    /to enforce expired-client-sessions.*\n +npx lethe preview .*\n +http\S+\/policies\/expired-client-sessions\n/,
  );
  expect(said).not.toContain("seam_a_live_key");

  const again = await startOn(folder, LIVE);
  expect(await modeOf(again)).toBe("enforce");
  expect((await again.stop()).replaceAll(/\s+/g, " ")).toContain(
    "it removes sessions at https://seam.invalid",
  );

  const other = await startOn(folder, OTHER);
  expect(await modeOf(other)).toBe("observe");
  expect(await other.stop()).toContain(`policy  ${POLICY}  observe (was enforce)`);
});

test("a loopback endpoint is enforced on at once", async () => {
  const loopback = ["--var", "SEAM_API_KEY:seam_x", "--var", "SEAM_ENDPOINT:http://127.0.0.1:9"];
  const started = await startOn(await emptyFolder(), loopback);
  expect(await modeOf(started)).toBe("enforce");
  await started.stop();
});

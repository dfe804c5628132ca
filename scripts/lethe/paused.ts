import { unlessRefused, type ApiClient } from "../start/client.ts";
import { read, Switch } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { minute } from "./layout.ts";

/**
 * Tells of the pauses of the sources that a job works on, once each time they change: a job that is paused looks
 * like one that is slow. In JSON lines they have no place, and are told beside the output.
 */
export function pauseTeller(
  client: Pick<ApiClient, "get">,
  { output }: Desk,
): (sources: readonly string[]) => Promise<void> {
  let told = "";
  return async (sources) => {
    const lines = await pausesOf(client, sources);
    const text = lines.join("\n");
    if (text === told) {
      return;
    }
    const news = lines.length === 0 ? ["no longer paused"] : lines;
    news.map((line) => (output.is_json ? output.complain(line) : output.say(line)));
    told = text;
  };
}

/** A sentence for each pause; none where the key may not see the switch. */
async function pausesOf(
  client: Pick<ApiClient, "get">,
  sources: readonly string[],
): Promise<string[]> {
  const answer = await unlessRefused([403], client.get("/v1/switch"));
  if (answer === null) {
    return [];
  }
  const { all, sources: paused } = read(Switch, answer, "switch");
  const pauses = [
    ["", all] as const,
    ...sources.map((name) => [name, paused[name] ?? null] as const),
  ];
  return pauses.flatMap(([name, pause]) => {
    if (pause === null) {
      return [];
    }
    const until = pause.until === null ? "" : `, until ${minute(pause.until)}`;
    const resume = `npx lethe resume${name === "" ? "" : ` ${name}`}`;
    return [
      `paused: nothing is removed from ${name || "any source"}${until} (by ${pause.by}: ${pause.reason})`,
      `  > ${resume}`,
    ];
  });
}

import { figure } from "../../../src/core/values/words.ts";
import { AnswerRefusal, type ApiClient } from "../../start/client.ts";
import { Erasure, read } from "../answers.ts";
import type { Desk } from "../desk.ts";
import { bar } from "../layout.ts";
import type { Row } from "./people_file.ts";
import { pauseTeller } from "../paused.ts";

/** What a run is called; its requests are known by it, and by their line. */
export const RUN = /^[0-9a-f]{16}$/;

const PAUSE_MS = 1000;
const SLOWEST_MS = 10_000;
/** So many are read at once. */
const AT_ONCE = 5;

/** The erasures that were asked for, and the lines that were refused. */
interface Asked {
  readonly asked: readonly Erasure[];
  /** The line of the file that each was asked for by, by its id. */
  readonly lines: ReadonlyMap<string, number>;
  readonly refused: readonly { readonly line: number | null; readonly why: string }[];
}

/**
 * Asks for the erasure of each row, one after another. A request carries the run and its place, so that the
 * same run asks for nothing twice. A row that is refused holds up no other; a key that may not ask ends it all.
 */
export async function askFor(
  rows: readonly Row[],
  { run, more }: { readonly run: string; readonly more: Readonly<Record<string, unknown>> },
  client: Pick<ApiClient, "post">,
  { world, output }: Desk,
): Promise<Asked> {
  const asked: Erasure[] = [];
  const lines = new Map<string, number>();
  const refused: { line: number | null; why: string }[] = [];
  const began = world.now();
  for (const [place, { line, identifiers, reference }] of rows.entries()) {
    world.goOn();
    const progress = { done: place, of: rows.length, verb: "asking" };
    output.live(bar(progress, world.now() - began));
    const body = { ...more, ...(reference !== null && { reference }), subject: { identifiers } };
    try {
      const once = { "idempotency-key": `${run}-${place}` };
      const answer = await client.post("/v1/erasures", body, once);
      output.record(answer);
      const erasure = read(Erasure, answer, "erasure");
      asked.push(erasure);
      if (line !== null) {
        lines.set(erasure.id, line);
      }
    } catch (error) {
      const isOfRow = error instanceof AnswerRefusal && [400, 409, 422].includes(error.status);
      if (!isOfRow) {
        throw error;
      }
      refused.push({ line, why: error.message });
      output.record({ line, refused: error.message });
    }
  }
  output.settle();
  return { asked, lines, refused };
}

/** Waits until each has ended or waits for a person. In a pipe each change is one JSON line. */
export async function waitFor(
  asked: readonly Erasure[],
  client: Pick<ApiClient, "get">,
  desk: Desk,
): Promise<readonly Erasure[]> {
  const { world, output } = desk;
  const tell = pauseTeller(client, desk);
  const known = new Map(asked.map((erasure) => [erasure.id, erasure]));
  const began = world.now();
  for (let pause = PAUSE_MS; ; pause = Math.min(pause * 1.5, SLOWEST_MS)) {
    const open = [...known.values()].filter((one) => !isOver(one));
    if (open.length === 0) {
      break;
    }
    await tell([...new Set(open.flatMap(({ sources }) => Object.keys(sources)))]);
    const progress = { done: known.size - open.length, of: known.size, verb: "erasing" };
    const removing = open.filter(({ status }) => status === "removing").length;
    output.live(`${bar(progress, world.now() - began)}  ${figure(removing)} removing`);
    await world.sleep(pause);
    for (let at = 0; at < open.length; at += AT_ONCE) {
      const some = open.slice(at, at + AT_ONCE);
      const answers = await Promise.all(some.map(({ id }) => client.get(`/v1/erasures/${id}`)));
      for (const erasure of answers.map((answer) => read(Erasure, answer, "erasure"))) {
        if (JSON.stringify(erasure) !== JSON.stringify(known.get(erasure.id))) {
          output.record(erasure);
          known.set(erasure.id, erasure);
        }
      }
    }
  }
  output.settle();
  return [...known.values()];
}

/** It has ended, or goes no further without a person. */
function isOver({ finished_at: end, waits_since: since }: Erasure): boolean {
  return end !== null || since !== null;
}

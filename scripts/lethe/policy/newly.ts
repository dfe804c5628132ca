import * as z from "zod";
import { ENDED_SWEEPS } from "../../../src/core/report/sweep.ts";
import { AnswerRefusal, type ApiClient } from "../../start/client.ts";
import { read, UnknownAnswer } from "../answers.ts";
import { FIRST_MS, slower } from "../follow.ts";
import type { World } from "../world.ts";
import type { Change } from "./compare.ts";

const LONGEST_MS = 10 * 60_000;

const Preview = z.object({
  id: z.string(),
  status: z.string(),
  counts: z.object({ due: z.number(), planned: z.number() }),
  difference: z.object({ added: z.number(), removed: z.number() }).nullish(),
  guard: z.object({ code: z.string() }).nullable(),
  error: z.object({ code: z.string() }).nullable(),
});

/** What a changed version would remove now, as a preview of it counts. */
export type Newly =
  | {
      readonly kind: "counted";
      readonly sweep: string;
      readonly due: number;
      /** Due under the new version and not under the old one, and the other way round; null: no old one. */
      readonly difference: { readonly added: number; readonly removed: number } | null;
      /** The code of the guard that would stop it. */
      readonly guard: string | null;
    }
  /** No preview: why, in a sentence. */
  | { readonly kind: "unknown"; readonly why: string };

/** How a preview reaches the world. */
interface PreviewWorld extends Pick<World, "now" | "sleep"> {
  readonly client: Pick<ApiClient, "get" | "post">;
}

/** Asks the Worker for a preview of a changed version, which removes nothing, and waits until it has ended. */
export async function previewChange(change: Change, world: PreviewWorld): Promise<Newly> {
  if (change.kind === "remove" || change.version.policy.mode === "off") {
    return { kind: "unknown", why: "it removes nothing any more" };
  }
  // Versions of two sources have nothing in common that could be counted.
  const hasOld =
    change.kind === "change" &&
    change.digest !== null &&
    !change.fields.some(({ field }) => field === "source");
  const { id, policy } = change.version;
  const { client } = world;
  try {
    const body = { policy, compare: hasOld ? "stored" : undefined };
    const answer = await client.post(`/v1/policies/${id}/preview`, body);
    let sweep = read(Preview, answer, "preview");
    const until = world.now() + LONGEST_MS;
    for (let pause = FIRST_MS; !ENDED_SWEEPS.has(sweep.status); pause = slower(pause)) {
      if (world.now() > until) {
        return { kind: "unknown", why: `its preview goes on: GET /v1/sweeps/${sweep.id}` };
      }
      await world.sleep(pause);
      sweep = read(Preview, await client.get(`/v1/sweeps/${sweep.id}`), "preview");
    }
    if (sweep.status !== "observed") {
      const why = sweep.error === null ? "" : ` with ${sweep.error.code}`;
      return { kind: "unknown", why: `its preview ended as ${sweep.status}${why}` };
    }
    return {
      kind: "counted",
      sweep: sweep.id,
      due: sweep.counts.due,
      difference: sweep.difference ?? null,
      guard: sweep.guard?.code ?? null,
    };
  } catch (error) {
    if (error instanceof AnswerRefusal || error instanceof UnknownAnswer) {
      return { kind: "unknown", why: error.message };
    }
    throw error;
  }
}

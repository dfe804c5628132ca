import type * as z from "zod";
import { ok } from "../../core/values/result.ts";
import { listClientSessions, type StoredClientSession } from "../tables/client_sessions.ts";
import type { Call, Outcome } from "./call.ts";
import type { ListInput } from "./parameters.ts";
import { readableOf } from "../../sources/d1/stored_record.ts";
import { toWire } from "./wire.ts";

/** Records are at most 64 KiB, so a page is at most 16 MiB. */
const PAGE = 256;

type ListCall = Call<z.output<typeof ListInput>>;

/**
 * Lists every session that the filters select, expired and revoked ones too, in one answer without
 * pages, as Seam does. It is streamed; when a page cannot be read the stream breaks off, so that a
 * short list never looks whole.
 */
export async function listSessions(call: ListCall): Promise<Outcome> {
  const pages = readPages(call);
  // Read before the status is sent: what fails at once should be an error, not a broken stream.
  const first = await pages.next();
  return ok(streamText(writeList(first, pages, call), call.deps.report));
}

async function* readPages({
  caller,
  deps,
  input,
}: ListCall): AsyncGenerator<StoredClientSession[], undefined> {
  for (const workspace of caller.workspaces) {
    let after = "";
    for (;;) {
      const page = await listClientSessions(deps.store, workspace, input, after, PAGE);
      yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) {
        break;
      }
      after = last.client_session_id;
    }
  }
}

async function* writeList(
  first: IteratorResult<StoredClientSession[], undefined>,
  pages: AsyncGenerator<StoredClientSession[], undefined>,
  { deps }: ListCall,
): AsyncGenerator<string, undefined> {
  let written = 0;
  for (let next = first; !next.done; next = await pages.next()) {
    const rows = readableOf(next.value, deps.report).map((session) =>
      JSON.stringify(toWire(session, deps.keyring)),
    );
    if (rows.length > 0) {
      yield (written === 0 ? '{"client_sessions":[' : ",") + rows.join(",");
      written += rows.length;
    }
  }
  yield written === 0 ? '{"client_sessions":[],"ok":true}' : '],"ok":true}';
}

function streamText(
  parts: AsyncGenerator<string, undefined>,
  report: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await parts.next();
        if (next.done) {
          controller.close();
        } else {
          controller.enqueue(encoder.encode(next.value));
        }
      } catch (thrown) {
        report(thrown);
        controller.error(thrown);
      }
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}

import { err, ok, type Result } from "../../core/values/result.ts";
import { invalid, type Fault } from "../fault.ts";
import type { Answer, BodyReader } from "../http.ts";
import { ListScanner, readerOf, type ListShape, type TakeRow } from "../json/list_scanner.ts";
import { jsonOf, type Client, type VectaraCall } from "./client.ts";
import { pageKeyOf } from "./page_position.ts";
import { SESSION_FIELDS } from "./wire.ts";
import type { Turn } from "../source.ts";

/** A row up to this size is parsed as a whole; of a larger one, each field up to this size. Bytes. */
const VALUE_BYTES = 1_048_576;

/** Which page, and what of it. */
export interface PageRequest extends VectaraCall {
  /** The member of the answer that holds the rows, and what is read of a row that is very large. */
  readonly list: string;
  readonly fields: ReadonlySet<string>;
  /** The page may be so large. Bytes. */
  readonly most_bytes: number;
}

/** How a page ended. `refused` is an answer that is no 2xx; `too_large` says nothing of the rows. */
export type PageEnd =
  | { readonly kind: "read"; readonly page_key: string | null }
  | { readonly kind: "refused"; readonly answer: Answer; readonly fault: Fault }
  | { readonly kind: "too_large" };

/** Reads one page row by row, so that no more than one row is held. */
export async function readPage(
  client: Client,
  request: PageRequest,
  take: TakeRow,
  turn: Turn,
): Promise<Result<PageEnd, Fault>> {
  const { list, fields, most_bytes: mostBytes, ...call } = request;
  let bytes = 0;
  let pageKey: Result<string | null, Fault> = ok(null);
  const scanner = new ListScanner(
    {
      list,
      fields,
      members: new Set(["metadata"]),
      takeMember: (_key, value) => {
        pageKey = pageKeyOf(value);
        return pageKey.ok ? null : pageKey.error;
      },
      value_bytes: VALUE_BYTES,
    },
    take,
  );
  const whole = readerOf(scanner, () => ({}));
  const reader: BodyReader = {
    ...whole,
    take: (part) => {
      bytes += part.length;
      return bytes > mostBytes ? invalid("the page is too large") : whole.take(part);
    },
  };
  const asked = await client.send(turn, call, reader);
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  const answer = asked.value;
  if (answer.fault !== null) {
    return ok({ kind: "refused", answer, fault: answer.fault });
  }
  if (bytes > mostBytes) {
    return ok({ kind: "too_large" });
  }
  const read = jsonOf(answer);
  return read.ok ? ok({ kind: "read", page_key: pageKey.ok ? pageKey.value : null }) : read;
}

/** Reads the answer for one session, which may be as large as any row of a list. */
export function readerOfSession(): BodyReader {
  const row = new Map<string, unknown>();
  const shape: ListShape = {
    list: null,
    fields: SESSION_FIELDS,
    members: SESSION_FIELDS,
    takeMember: (key, value) => {
      row.set(key, value);
      return null;
    },
    value_bytes: VALUE_BYTES,
  };
  return readerOf(new ListScanner(shape, () => null), () => Object.fromEntries(row));
}

import { err, ok, type Result } from "../../core/values/result.ts";
import { addUnreadable, NONE_UNREADABLE, type Unreadable } from "../../core/session/unreadable.ts";
import { isJsonObject } from "../answer.ts";
import type { Fault } from "../fault.ts";
import { stream, type BodyReader, type HttpRequest, type Wire } from "../http.ts";
import { HandOver } from "../hand_over.ts";
import type { Sink } from "../source.ts";
import { FIELDS, readSession } from "./schema.ts";
import { ListScanner, readerOf, type ListShape } from "../json/list_scanner.ts";

/** What one whole list came to. */
export interface ListReport {
  readonly rows: number;
  /** Rows of which only the id could be read: they are not among `rows`. */
  readonly unreadable: Unreadable;
  /** The one workspace that the rows named; null when there was no row. */
  readonly workspace: string | null;
  /** The most bytes that were held at once: piece, unfinished row and unhanded rows together. */
  readonly peak_bytes: number;
}

/**
 * Reads a list to its end and hands its sessions over as they come. The list has no pages, so nothing
 * of it counts unless the result is ok. A row that cannot be read costs itself; one without an id costs the
 * list, because nobody can say how many sessions there are.
 */
export async function readList(
  wire: Wire,
  request: Result<HttpRequest, Fault>,
  sink: Sink,
): Promise<Result<ListReport, Fault>> {
  let rows = 0;
  let workspace: string | null = null;
  let unreadable = NONE_UNREADABLE;
  let peak = 0;
  let pieceBytes = 0;
  const handOver = new HandOver(sink);
  const noteHeld = (rowBytes: number): void => {
    peak = Math.max(peak, pieceBytes + scanner.buffered + handOver.bytes + rowBytes);
  };
  const scanner = new ListScanner(LIST, (row, bytes) => {
    const session = readSession(row);
    const ref = session.ok ? session.value : session.error.ref;
    if (ref === null) {
      const detail = session.ok ? "" : session.error.detail;
      return { kind: "invalid", detail: `${detail}: the list as a whole cannot be trusted` };
    }
    if (workspace !== null && ref.scope !== "" && workspace !== ref.scope) {
      return { kind: "invalid", detail: "the list holds several workspaces, but a key sees one" };
    }
    workspace = ref.scope === "" ? workspace : ref.scope;
    if (!session.ok) {
      unreadable = addUnreadable(unreadable, ref);
      return null;
    }
    rows += 1;
    noteHeld(bytes);
    handOver.add(session.value, bytes);
    return null;
  });

  const read = await stream(wire, request, (piece) => {
    pieceBytes = piece.length;
    const fault = scanner.push(piece);
    noteHeld(0);
    return fault;
  });
  const fault = read.ok ? scanner.end() : read.error;
  if (fault !== null) {
    return err(fault);
  }
  handOver.flush();
  unreadable = {
    count: unreadable.count,
    sessions: unreadable.sessions.map(({ scope, id }) => ({
      scope: scope === "" ? (workspace ?? "") : scope,
      id,
    })),
  };
  return ok({ rows, unreadable, workspace, peak_bytes: peak });
}

/** Reads the answer for one session, which may be as large as any row of a list. */
export function readerOfOne(): BodyReader {
  const body: Record<string, unknown> = {};
  const take = (key: string, value: unknown): null => {
    body[key] = value;
    return null;
  };
  const shape: ListShape = {
    list: "client_session",
    single: true,
    fields: FIELDS,
    members: new Set(["ok"]),
    takeMember: take,
  };
  return readerOf(new ListScanner(shape, (row) => take("client_session", row)), () => body);
}

/** What is read of a list. */
export const LIST: ListShape = {
  list: "client_sessions",
  fields: FIELDS,
  members: new Set(["ok", "pagination"]),
  takeMember: judgeMember,
};

function judgeMember(key: string, value: unknown): Fault | null {
  if (key === "ok" && value === false) {
    return { kind: "invalid", detail: 'the answer says "ok": false' };
  }
  // The list has never had pages. If it gets them, one page must not pass for the whole.
  if (key === "pagination" && !(isJsonObject(value) && value["has_next_page"] === false)) {
    const detail = "the list came in pages, which this version does not read";
    return { kind: "invalid", detail };
  }
  return null;
}

/** Ends the reading of a list once enough of it was seen. */
const ENOUGH: Fault = { kind: "invalid", detail: "enough rows were seen" };

/** How many rows a list holds, up to so many: read no further than that, and none of them is looked at. */
export async function countListed(
  wire: Wire,
  request: Result<HttpRequest, Fault>,
  most: number,
): Promise<Result<number, Fault>> {
  let rows = 0;
  const scanner = new ListScanner(LIST, () => {
    rows += 1;
    return rows < most ? null : ENOUGH;
  });
  const read = await stream(wire, request, (piece) => scanner.push(piece));
  const fault = read.ok ? scanner.end() : read.error;
  return fault === null || fault === ENOUGH ? ok(rows) : err(fault);
}

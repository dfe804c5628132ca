import { err, ok, type Result } from "../../core/result.ts";
import type { Session } from "../../core/session.ts";
import type { Fault } from "../fault.ts";
import { stream, type HttpRequest, type Wire } from "../http.ts";
import type { Sink } from "../source.ts";
import { readSession } from "./schema.ts";
import { ListScanner } from "./stream.ts";

const BATCH_ROWS = 500;
/** A batch of large rows is handed over before it has 500. Bytes as they were written. */
const BATCH_BYTES = 262_144;

/** What one whole list came to. */
export interface ListReport {
  readonly rows: number;
  /** The one workspace that the rows named; null when there was no row. */
  readonly workspace: string | null;
  /** The most bytes that were held at once: piece, unfinished row and unhanded rows together. */
  readonly peak_bytes: number;
}

/**
 * Reads a list to its end and hands its sessions over as they come. The list has no pages, so nothing
 * of it counts unless the result is ok: a row that cannot be read makes the brake's share unknowable.
 */
export async function readList(
  wire: Wire,
  request: HttpRequest,
  sink: Sink,
): Promise<Result<ListReport, Fault>> {
  let rows = 0;
  let workspace: string | null = null;
  let peak = 0;
  let batch: Session[] = [];
  let batchBytes = 0;
  let pieceBytes = 0;

  const flush = (): void => {
    if (batch.length > 0) {
      sink(batch);
    }
    batch = [];
    batchBytes = 0;
  };
  const scanner = new ListScanner((row, bytes) => {
    const session = readSession(row);
    if (!session.ok) {
      return { kind: "invalid", detail: `${session.error}: the list as a whole cannot be trusted` };
    }
    if (workspace !== null && workspace !== session.value.scope) {
      return { kind: "invalid", detail: "the list holds several workspaces, but a key sees one" };
    }
    workspace = session.value.scope;
    rows += 1;
    batch.push(session.value);
    batchBytes += bytes;
    peak = Math.max(peak, pieceBytes + scanner.buffered + batchBytes);
    if (batch.length >= BATCH_ROWS || batchBytes >= BATCH_BYTES) {
      flush();
    }
    return null;
  });

  const read = await stream(wire, request, (piece) => {
    pieceBytes = piece.length;
    const fault = scanner.push(piece);
    peak = Math.max(peak, pieceBytes + scanner.buffered + batchBytes);
    return fault;
  });
  const fault = read.ok ? scanner.end() : read.error;
  if (fault !== null) {
    return err(fault);
  }
  flush();
  return ok({ rows, workspace, peak_bytes: peak });
}

/** Ends the reading of a list once enough of it was seen. */
const ENOUGH: Fault = { kind: "invalid", detail: "enough rows were seen" };

/** Whether a list holds so many rows or more: read no further than that, and none of them is looked at. */
export async function listsAtLeast(
  wire: Wire,
  request: HttpRequest,
  least: number,
): Promise<Result<boolean, Fault>> {
  let rows = 0;
  const scanner = new ListScanner(() => {
    rows += 1;
    return rows < least ? null : ENOUGH;
  });
  const read = await stream(wire, request, (piece) => scanner.push(piece));
  const fault = read.ok ? scanner.end() : read.error;
  return fault === null || fault === ENOUGH ? ok(fault === ENOUGH) : err(fault);
}

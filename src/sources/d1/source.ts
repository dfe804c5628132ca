import { err, ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../fault.ts";
import { identifierTypesOf } from "../kinds.ts";
import type { SourceConfig, SourceDeps } from "../provider.ts";
import type { BatchSource, PlannedRef, Removal, RemovalCondition, Turn } from "../source.ts";
import { hasLivingLine, hasNamelessChild, listChildren, sharesChildren } from "./children.ts";
import { BatchSize } from "./batch_size.ts";
import { findScopes } from "./find.ts";
import { lookAhead } from "./forecast.ts";
import { countPresent, countUpTo, readMany } from "./count_and_read.ts";
import { askFirst, type Asking } from "./query.ts";
import {
  conditionOf,
  countFitting,
  dropBatch,
  removeBatch,
  resolveBatch,
} from "./removal_batches.ts";
import { listAll, population } from "./select_all.ts";
import { selects } from "./selects.ts";
import { countDue, listDue } from "./select_due.ts";
import { bareColumns, bareSession, type SessionTable } from "./session_table.ts";

/** What a removal here leaves behind. */
const NOT_ERASED = [
  "D1 Time Travel: the database can be restored to any point of the last 30 days (7 on the Free plan)",
];

/** The sessions of one table of the embedded store. */
export function createD1Source(
  table: SessionTable,
  config: SourceConfig,
  { store: db, now }: Pick<SourceDeps, "store" | "now">,
): BatchSource {
  const size = new BatchSize();
  const by = (turn: Turn): Asking => ({ db, table, config, turn });
  return {
    capabilities: {
      identifiers: identifierTypesOf(config),
      concurrency: 1,
      selective: true,
      has_children: table.parent !== null,
      indexes_people: table.lookup !== null,
      not_erased: NOT_ERASED,
    },
    removes: "by_batch",
    get batch_size() {
      return size.current;
    },
    // The binding is the account: there is no other to answer.
    account: async () => ok(null),
    ping: async (turn) => askFirst(by(turn), "SELECT 1"),
    list: async (query, cursor, sink, turn) =>
      query.kind === "due"
        ? listDue(by(turn), query, cursor, sink)
        : listAll(by(turn), query.kind === "person" ? query.identifiers : null, cursor, sink),
    read: async (ref, turn) => read(by(turn), ref),
    find: async (id, scopes, turn) => findScopes(by(turn), id, scopes),
    remove: async (refs, condition, batch, turn) =>
      remove(by(turn), refs, condition, batch, now(), size),
    resolve: async (batch, turn) => resolveBatch(db, batch, now(), turn),
    forgetBatch: async (batch, turn) => dropBatch(db, batch, now(), turn),
    readMany: async (refs, turn) => readMany(by(turn), refs),
    present: async (refs, turn) => countPresent(by(turn), refs),
    countUpTo: async (most, turn) => countUpTo(by(turn), most),
    population: async (cursor, turn) => population(by(turn), cursor),
    countDue: async (thresholds, cursor, turn) => countDue(by(turn), thresholds, cursor),
    lookAhead: async (before, later, cursor, turn) => lookAhead(by(turn), before, later, cursor),
    selects: async (rule, cursor, turn) => selects(by(turn), rule, cursor),
    ...(table.parent !== null
      ? {
          children: async (parent: SessionRef, after: SessionRef | null, turn: Turn) =>
            listChildren(by(turn), parent, after),
          sharesChildren: async (scope: string, turn: Turn) =>
            config.shared_children ? ok(true) : sharesChildren(by(turn), scope),
        }
      : {}),
  };
}

async function read(
  asking: Asking,
  { scope, id }: SessionRef,
): Promise<Result<Session | null, Fault>> {
  const { table, config } = asking;
  const asked = await askFirst(
    asking,
    `SELECT ${bareColumns(table)}, ${table.columns} FROM ${table.name}
     WHERE ${table.scope} = ? AND ${table.id} = ?`,
    scope,
    id,
  );
  if (!asked.ok || asked.value === null) {
    return asked.ok ? ok(null) : asked;
  }
  const detail = "the record of a session is not JSON";
  const { version } = bareSession(table, asked.value);
  return table.isReadable(asked.value)
    ? ok(table.toSession(asked.value, config))
    : err({ kind: "unreadable", detail, version });
}

async function remove(
  asking: Asking,
  refs: readonly PlannedRef[],
  {
    thresholds,
    after_children: waits = false,
    orphans = false,
    forget = [],
    lines,
  }: RemovalCondition,
  batch: string,
  now: number,
  size: BatchSize,
): Promise<readonly Removal[]> {
  if (refs.length === 0) {
    return [];
  }
  const { table, config } = asking;
  const fitting = countFitting(refs);
  if (fitting < refs.length) {
    size.shrinkTo(fitting);
  }
  const { sql, binds } = conditionOf(table, thresholds, lines);
  const removed = await removeBatch(
    asking,
    refs.slice(0, fitting),
    { sql: orphans ? `${sql} AND NOT ${hasLivingLine(table, config, "s")}` : sql, binds },
    waits ? hasNamelessChild(table, config, "s") : "0",
    batch,
    forget,
    now,
  );
  if (!removed.ok) {
    const { error: fault } = removed;
    // Only `unavailable` can mean that the database was asked: then the answer may have been lost.
    const kind = fault.kind === "unavailable" ? "unknown" : "failed";
    return refs.map((): Removal => ({ kind, fault }));
  }
  const { seqs, still, waiting, ms } = removed.value;
  size.observe(fitting, ms);
  return refs.map(({ seq }, index): Removal => {
    if (index >= fitting) {
      return {
        kind: "failed",
        fault: { kind: "unavailable", detail: "the keys do not fit one call" },
      };
    }
    if (seqs === "all" || seqs.has(seq)) {
      return { kind: "deleted" };
    }
    if (waiting.has(seq)) {
      return { kind: "has_children" };
    }
    return { kind: still.has(seq) ? "changed" : "absent" };
  });
}

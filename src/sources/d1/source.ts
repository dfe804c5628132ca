import { err, ok } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { identifierTypesOf } from "../kinds.ts";
import type { SourceConfig, SourceDeps } from "../provider.ts";
import type {
  BatchSource,
  Capabilities,
  PlannedRef,
  Removal,
  RemovalCondition,
  Turn,
} from "../source.ts";
import { hasLivingLine, hasNamelessChild, listChildren, sharesChildren } from "./children.ts";
import { BatchSize } from "./batch_size.ts";
import { lookAhead } from "./forecast.ts";
import { countPresent, countUpTo, readMany } from "./count_and_read.ts";
import { ask } from "./query.ts";
import {
  conditionOf,
  type DueCondition,
  countFitting,
  dropBatch,
  removeBatch,
  resolveBatch,
} from "./removal_batches.ts";
import { listAll, population } from "./select_all.ts";
import { countDue, listDue } from "./select_due.ts";
import { bareColumns, bareSession, type Row, type SessionTable } from "./session_table.ts";

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
  return {
    capabilities: capabilitiesOf(table, config),
    removes: "by_batch",
    get batch_size() {
      return size.current;
    },
    // The binding is the account: there is no other to answer.
    account: async () => ok(null),
    ping: async (turn) => ask(turn, 1, async () => db.prepare("SELECT 1").first()),
    list: async (query, cursor, sink, turn) =>
      query.kind === "due"
        ? listDue(db, table, config, query, cursor, sink, turn)
        : listAll(
            db,
            table,
            config,
            query.kind === "person" ? query.identifiers : null,
            cursor,
            sink,
            turn,
          ),
    read: async ({ scope, id }, turn) => {
      const asked = await ask(turn, 1, async () =>
        db
          .prepare(
            `SELECT ${bareColumns(table)}, ${table.columns} FROM ${table.name}
             WHERE ${table.scope} = ? AND ${table.id} = ?`,
          )
          .bind(scope, id)
          .first<Row>(),
      );
      if (!asked.ok || asked.value === null) {
        return asked.ok ? ok(null) : asked;
      }
      return table.isReadable(asked.value)
        ? ok(table.toSession(asked.value, config))
        : err({
            kind: "unreadable",
            detail: "the record of a session is not JSON",
            version: bareSession(table, asked.value).version,
          });
    },
    remove: async (refs, condition, batch, turn) =>
      remove(db, table, config, refs, condition, batch, now(), turn, size),
    resolve: async (batch, turn) => resolveBatch(db, batch, now(), turn),
    forgetBatch: async (batch, turn) => dropBatch(db, batch, now(), turn),
    readMany: async (refs, turn) => readMany(db, table, config, refs, turn),
    present: async (refs, turn) => countPresent(db, table, refs, turn),
    countUpTo: async (most, turn) => countUpTo(db, table, most, turn),
    population: async (cursor, turn) => population(db, table, cursor, turn),
    countDue: async (thresholds, cursor, turn) => countDue(db, table, thresholds, cursor, turn),
    lookAhead: async (before, later, cursor, turn) =>
      lookAhead(db, table, before, later, cursor, turn),
    ...(table.parent !== null
      ? {
          children: async (parent: SessionRef, after: SessionRef | null, turn: Turn) =>
            listChildren(db, table, config, parent, after, turn),
          sharesChildren: async (scope: string, turn: Turn) =>
            config.shared_children ? ok(true) : sharesChildren(db, scope, turn),
        }
      : {}),
  };
}

function capabilitiesOf(table: SessionTable, config: SourceConfig): Capabilities {
  return {
    identifiers: identifierTypesOf(config),
    concurrency: 1,
    selective: true,
    has_children: table.parent !== null,
    indexes_people: table.lookup !== null,
    not_erased: NOT_ERASED,
  };
}

async function remove(
  db: D1Database,
  table: SessionTable,
  config: SourceConfig,
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
  turn: Turn,
  size: BatchSize,
): Promise<readonly Removal[]> {
  if (refs.length === 0) {
    return [];
  }
  const fitting = countFitting(refs);
  if (fitting < refs.length) {
    size.shrinkTo(fitting);
  }
  const removed = await removeBatch(
    db,
    table,
    refs.slice(0, fitting),
    orphans
      ? isOrphan(table, config, conditionOf(table, thresholds, lines))
      : conditionOf(table, thresholds, lines),
    waits ? hasNamelessChild(table, config, "s") : "0",
    batch,
    forget,
    now,
    turn,
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

function isOrphan(table: SessionTable, config: SourceConfig, due: DueCondition): DueCondition {
  return { ...due, sql: `${due.sql} AND NOT ${hasLivingLine(table, config, "s")}` };
}

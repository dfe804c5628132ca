/** What the statements of an object touched, as SQLite counts it. */
export interface Touched {
  /** Rows of all statements. */
  read: number;
  written: number;
  /** The statement that read or wrote most at once. */
  worst: { rows: number; query: string };
}

/** A storage whose statements are counted. Cursors are read to their end before the next statement. */
export function countedSql(sql: SqlStorage): { sql: SqlStorage; touched: () => Touched } {
  const totals: Touched = { read: 0, written: 0, worst: { rows: 0, query: "" } };
  const open: { query: string; cursor: SqlStorageCursor<Record<string, SqlStorageValue>> }[] = [];
  const flush = (): void => {
    for (const { query, cursor } of open.splice(0)) {
      totals.read += cursor.rowsRead;
      totals.written += cursor.rowsWritten;
      const rows = Math.max(cursor.rowsRead, cursor.rowsWritten);
      if (rows > totals.worst.rows) {
        totals.worst = { rows, query: query.replaceAll(/\s+/g, " ") };
      }
    }
  };
  return {
    sql: new Proxy(sql, {
      get(target, name) {
        if (name === "exec") {
          return (query: string, ...bindings: SqlStorageValue[]) => {
            flush();
            const cursor = target.exec<Record<string, SqlStorageValue>>(query, ...bindings);
            open.push({ query, cursor });
            return cursor;
          };
        }
        return Reflect.get(target, name, target) as unknown;
      },
    }),
    touched() {
      flush();
      const now = { ...totals };
      Object.assign(totals, { read: 0, written: 0, worst: { rows: 0, query: "" } });
      return now;
    },
  };
}

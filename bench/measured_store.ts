/** What a store was asked, as its client saw it, and what the object asked of its own tables. */
export interface Measures {
  /** Batches: removals, and what resolves them. */
  transactions: number;
  longest_ms: number;
  /** The slowest of the other statements, and the rows that all statements read. */
  longest_query_ms: number;
  rows_read: number;
  object_longest_ms: number;
  object_rows_read: number;
  longest_slice_ms: number;
}

export const NOTHING_MEASURED: Measures = {
  transactions: 0,
  longest_ms: 0,
  longest_query_ms: 0,
  rows_read: 0,
  object_longest_ms: 0,
  object_rows_read: 0,
  longest_slice_ms: 0,
};

/** A store that notes how many transactions it ran, what they read, and how long its statements took. */
export function measured(store: D1Database, measures: Measures): D1Database {
  const targets = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const note = ({ duration, rows_read: read }: D1Meta): void => {
    measures.rows_read += read;
    measures.longest_query_ms = Math.max(measures.longest_query_ms, duration);
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, name) {
        switch (name) {
          case "bind":
            return (...values: unknown[]) => wrap(target.bind(...values));
          case "all":
          case "run":
            return async () => {
              const result = await target[name]();
              note(result.meta);
              return result;
            };
          case "first":
            return async (column?: string) => {
              const { results, meta } = await target.all();
              note(meta);
              const [row] = results;
              return row === undefined || column === undefined ? (row ?? null) : row[column];
            };
          default:
            return Reflect.get(target, name, target) as unknown;
        }
      },
    });
    targets.set(proxy, statement);
    return proxy;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "prepare") {
        return (query: string) => wrap(target.prepare(query));
      }
      if (name === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements.map((one) => targets.get(one) ?? one));
          measures.transactions += 1;
          for (const { meta } of results) {
            measures.rows_read += meta.rows_read;
            measures.longest_ms = Math.max(measures.longest_ms, meta.duration);
          }
          return results;
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Notes what every statement of an object's own tables reads, and how long it takes to run. */
export function measureObject(storage: DurableObjectStorage, measures: Measures): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  let last: { readonly rowsRead: number } | null = null;
  const timed =
    <T>(read: () => T, before: number): (() => T) =>
    () => {
      const from = performance.now();
      const rows = read();
      const ms = before + performance.now() - from;
      measures.object_longest_ms = Math.max(measures.object_longest_ms, ms);
      return rows;
    };
  Object.defineProperty(sql, "exec", {
    configurable: true,
    value: (query: string, ...bindings: SqlStorageValue[]) => {
      // Its cursor has been read to its end by now.
      measures.object_rows_read += last?.rowsRead ?? 0;
      const from = performance.now();
      const cursor = exec(query, ...bindings);
      const started = performance.now() - from;
      measures.object_longest_ms = Math.max(measures.object_longest_ms, started);
      last = cursor;
      // Rows are only looked for when they are asked for.
      const all = cursor.toArray.bind(cursor);
      const one = cursor.one.bind(cursor);
      const raw = cursor.raw.bind(cursor);
      Object.defineProperty(cursor, "toArray", { value: timed(all, started) });
      Object.defineProperty(cursor, "one", { value: timed(one, started) });
      Object.defineProperty(cursor, "raw", {
        value: timed(() => [...raw()][Symbol.iterator](), started),
      });
      return cursor;
    },
  });
}

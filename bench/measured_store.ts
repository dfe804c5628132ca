/** What a store was asked to change, as its client saw it. */
export interface Measures {
  transactions: number;
  longest_ms: number;
}

/** A store that notes how many transactions it ran, and how long its slowest statement took. */
export function measured(store: D1Database, measures: Measures): D1Database {
  return new Proxy(store, {
    get(target, name) {
      if (name === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          measures.transactions += 1;
          for (const { meta } of results) {
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

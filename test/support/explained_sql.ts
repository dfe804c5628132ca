/** A storage that notes how SQLite goes about each SELECT. */
export function explainedSql(sql: SqlStorage): { sql: SqlStorage; plans: string[] } {
  const plans: string[] = [];
  return {
    plans,
    sql: new Proxy(sql, {
      get(target, name) {
        if (name === "exec") {
          return (query: string, ...bindings: SqlStorageValue[]) => {
            if (/^\s*SELECT/.test(query)) {
              const steps = target.exec<{ detail: string }>(
                `EXPLAIN QUERY PLAN ${query}`,
                ...bindings,
              );
              plans.push(...steps.toArray().map(({ detail }) => detail));
            }
            return target.exec(query, ...bindings);
          };
        }
        return Reflect.get(target, name, target) as unknown;
      },
    }),
  };
}

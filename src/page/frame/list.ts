import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";

/** One page of a list of the API. */
interface List<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** The fields of a page's own query that it was opened with; an empty field of a form asks for nothing. */
export function queryOf(
  c: PageContext,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...names, "cursor"].flatMap((name) => {
      const value = c.req.query(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

/** A page of a list, asked for as the page itself was. */
export function readList<T>(
  c: PageContext,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Answer<List<T>>> {
  return c.get("api").get(`${path}?${new URLSearchParams({ ...query, limit: "50" }).toString()}`);
}

import type { Child } from "hono/jsx";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "./answer.tsx";
import { FilterForm, type Filter } from "./filter.tsx";

/** One page of a list of the API. */
export interface List<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

type Query = Readonly<Record<string, string>>;

/** The fields of a page's own query that it was opened with; an empty field of a form asks for nothing. */
export function queryOf(c: PageContext, filters: readonly Filter[] = []): Query {
  const names = [...filters.map(({ name }) => name), "cursor"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = c.req.query(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

/** Asks the API for a page of a list. */
export function readList<T>(
  c: PageContext,
  path: string,
  query: Query,
  limit = 50,
): Promise<Answer<List<T>>> {
  const asked = new URLSearchParams({ ...query, limit: String(limit) });
  return c.get("api").get(`${path}?${asked.toString()}`);
}

interface ListPage<T> {
  readonly title: string;
  /** Of the page; the API has the list below /v1. */
  readonly path: string;
  readonly filters?: readonly Filter[];
  readonly before?: Child;
  readonly table: (data: readonly T[], now: number) => Child;
  readonly after?: Child;
}

/** Answers a page of a list, asked for as the page itself was. */
export async function listPage<T>(
  c: PageContext,
  { title, path, filters = [], before, table, after }: ListPage<T>,
) {
  const query = queryOf(c, filters);
  const answer = await readList<T>(c, `/v1${path}`, query);
  return pageOf(c, title, answer, ({ data, next_cursor: next }) => (
    <>
      {before}
      {filters.length === 0 ? null : <FilterForm filters={filters} query={query} />}
      <section id="list" data-live>
        {table(data, c.get("deps").now())}
      </section>
      <Pager path={path} query={query} next={next} />
      {after}
    </>
  ));
}

interface PagerProps {
  readonly path: string;
  /** What the list was asked for. */
  readonly query?: Query;
  readonly next: string | null;
}

/** The way to the next page of a list. */
export function Pager({ path, query, next }: PagerProps) {
  return next === null ? null : (
    <p>
      <a href={`${path}?${new URLSearchParams({ ...query, cursor: next }).toString()}`} rel="next">
        Older ones
      </a>
    </p>
  );
}

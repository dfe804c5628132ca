/** The way to the next page of a list. The query is what the list was asked for. */
export function Pager({
  path,
  query,
  next,
}: {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly next: string | null;
}) {
  return next === null ? null : (
    <p>
      <a href={`${path}?${new URLSearchParams({ ...query, cursor: next }).toString()}`} rel="next">
        Older ones
      </a>
    </p>
  );
}

/** The way to the sweep or the erasure of an id. */
export function JobLink({
  id,
  policy,
  isPreview = false,
}: {
  readonly id: string;
  /** Of a sweep, where it is known. */
  readonly policy?: string | null;
  readonly isPreview?: boolean;
}) {
  const isErasure = id.startsWith("ers_");
  const what = isErasure ? "an erasure" : isPreview ? "a preview" : "a sweep";
  return (
    <a href={`/${isErasure ? "erasures" : "sweeps"}/${id}`}>
      {policy === undefined || policy === null ? what : `${what} of ${policy}`}
    </a>
  );
}

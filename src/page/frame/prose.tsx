/** A sentence of the catalogues: what stands in backticks is a name of the code. */
export function Prose({ of }: { readonly of: string }) {
  return <>{of.split("`").map((part, place) => (place % 2 === 0 ? part : <code>{part}</code>))}</>;
}

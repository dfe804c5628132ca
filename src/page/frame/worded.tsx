/** A sentence in which the names of fields stand between backticks. */
export function Worded({ text }: { readonly text: string }) {
  return (
    <>{text.split("`").map((part, place) => (place % 2 === 1 ? <code>{part}</code> : part))}</>
  );
}

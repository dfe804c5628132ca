import type { Child } from "hono/jsx";
import { Count } from "./values.tsx";

interface TableProps {
  /** What a screen reader calls it. */
  readonly label: string;
  readonly caption?: string;
  /** The names of the columns; one of figures stands at the right. */
  readonly heads: readonly (string | { readonly figures: string })[];
  readonly rows: readonly Child[];
  /** What is said where there is no row. */
  readonly none?: string;
}

/** A table that scrolls in its own frame where it is too wide, by keyboard too. */
export function Table({ label, caption, heads, rows, none = "There are none." }: TableProps) {
  return rows.length === 0 ? (
    <p class="soft">{none}</p>
  ) : (
    <div class="scroll" role="region" aria-label={label} tabindex={0}>
      <table>
        {caption === undefined ? null : <caption>{caption}</caption>}
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === "string" ? (
                <th scope="col">{head}</th>
              ) : (
                <th scope="col" class="number">
                  {head.figures}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    </div>
  );
}

/** The head of a row that is about a session. */
export function SessionHead({ scope, id }: { readonly scope: string; readonly id: string }) {
  return (
    <th scope="row">
      <code>{id}</code> <span class="soft">in {scope}</span>
    </th>
  );
}

/** Cells of figures, one after another; null: nobody knows it. */
export function Figures({ of }: { readonly of: readonly (number | null)[] }) {
  return (
    <>
      {of.map((one) => (
        <td class="number">
          <Count of={one} />
        </td>
      ))}
    </>
  );
}

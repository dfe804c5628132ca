import { spelled } from "../../core/values/words.ts";

/** One field that narrows a list. With choices it is a choice among them, or all. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "date" | "checkbox";
  readonly choices?: readonly string[];
}

/** From when to when, of lists in the order of time. */
export const SPAN_FILTERS: readonly Filter[] = [
  { name: "since", label: "From", type: "date" },
  { name: "until", label: "To", type: "date" },
];

interface FilterFormProps {
  readonly filters: readonly Filter[];
  readonly query: Readonly<Record<string, string>>;
}

/** The form that narrows a list: it comes back as the page's own query. */
export function FilterForm({ filters, query }: FilterFormProps) {
  return (
    <form method="get" class="inline">
      {filters.map((filter) => (
        <>
          <label for={`by-${filter.name}`}>{filter.label}</label>
          <FilterField {...filter} given={query[filter.name] ?? ""} />
        </>
      ))}
      <button type="submit">Show</button>
    </form>
  );
}

function FilterField({ name, type, choices, given }: Filter & { readonly given: string }) {
  const id = `by-${name}`;
  if (choices !== undefined) {
    return (
      <select id={id} name={name}>
        <option value="">all</option>
        {choices.map((choice) => (
          <option value={choice} selected={choice === given}>
            {spelled(choice)}
          </option>
        ))}
      </select>
    );
  }
  return type === "checkbox" ? (
    <input id={id} name={name} type="checkbox" value="true" checked={given === "true"} />
  ) : (
    <input id={id} name={name} type={type} value={given} autocomplete="off" />
  );
}

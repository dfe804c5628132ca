interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: "text" | "date" | "datetime-local";
  readonly required?: boolean;
  /** What to write, below the label. */
  readonly hint?: string;
  readonly list?: readonly string[];
  /** What the empty choice of a list says. */
  readonly empty?: string;
}

/** One field of a form with its label. With a list it is a choice. */
export function Field({
  name,
  label,
  value = "",
  type = "text",
  required = true,
  hint,
  list,
  empty = "not said",
}: FieldProps) {
  const hintId = `${name}-hint`;
  const described = hint === undefined ? undefined : hintId;
  return (
    <>
      <label for={name}>{label}</label>
      {hint === undefined ? null : (
        <span class="small" id={hintId}>
          {hint}
        </span>
      )}
      {list === undefined ? (
        <input
          id={name}
          name={name}
          type={type}
          value={value}
          required={required}
          autocomplete="off"
          aria-describedby={described}
        />
      ) : (
        <select id={name} name={name} aria-describedby={described}>
          {list.map((choice) => (
            <option value={choice} selected={choice === value}>
              {choice === "" ? empty : choice}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

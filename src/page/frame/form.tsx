import type { Child } from "hono/jsx";
import type { PageContext } from "../context.ts";

/** The field of every form that holds the token of who is signed in. */
export const TOKEN_FIELD = "form_token";

interface FormProps {
  readonly c: PageContext;
  readonly action: string;
  /** What it sends besides what is filled in. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly class?: string;
  readonly children: Child;
}

/** A form that changes something: it carries the token without which it is refused. */
export function Form({ c, action, fields, class: name, children }: FormProps) {
  const hidden = { [TOKEN_FIELD]: c.get("signed_in").form_token, ...fields };
  return (
    <form method="post" action={action} class={name}>
      {Object.entries(hidden).map(([field, value]) => (
        <input type="hidden" name={field} value={value} />
      ))}
      {children}
    </form>
  );
}

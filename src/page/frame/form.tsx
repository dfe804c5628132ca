import type { Child } from "hono/jsx";

/** The field of every form that holds the token of who is signed in. */
export const TOKEN_FIELD = "form_token";

interface FormProps {
  readonly action: string;
  /** The form token of who is signed in. */
  readonly token: string;
  readonly class?: string;
  readonly children: Child;
}

/** A form that changes something: it carries the token without which it is refused. */
export function Form({ action, token, children, class: name }: FormProps) {
  return (
    <form method="post" action={action} class={name}>
      <input type="hidden" name={TOKEN_FIELD} value={token} />
      {children}
    </form>
  );
}

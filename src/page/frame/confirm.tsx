import type { Child } from "hono/jsx";
import type { KeyScope } from "../../config/keys.ts";
import { may, sent, type PageContext } from "../context.ts";
import { Form } from "./form.tsx";
import { page } from "./frame.tsx";

interface Step {
  readonly title: string;
  /** What the form does once its button is pressed, and to what. */
  readonly content: Child;
  readonly action: string;
  /** What the form sends beside its button. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly button: string;
  /** Where to go instead. */
  readonly back: string;
}

/** The field by which a form says that its step was seen. */
const CONFIRMED = "confirmed";

/** Whether a form has to be confirmed first: it does not come from that step, and the key may do what it asks. */
export function needsConfirming(c: PageContext, scope: KeyScope): boolean {
  return sent(c, CONFIRMED) !== "yes" && may(c, scope);
}

/** A step before what cannot be undone: what it will do, the button, and a way back. Works without script. */
export function confirmPage(
  c: PageContext,
  { title, content, action, fields, button, back }: Step,
) {
  return page(
    c,
    title,
    <>
      {content}
      <Form c={c} action={action} fields={{ ...fields, [CONFIRMED]: "yes" }} class="inline">
        <button type="submit" class="danger">
          {button}
        </button>
        <a href={back}>Back, and change nothing</a>
      </Form>
    </>,
  );
}

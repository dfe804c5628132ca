import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { page } from "./frame.tsx";
import { ProblemNote } from "./refusal.tsx";

/** A page of what the API answered, or of why it did not. */
export function pageOf<T>(
  c: PageContext,
  title: string,
  answer: Answer<T>,
  view: (value: T) => Child,
) {
  return answer.ok
    ? page(c, title, view(answer.value))
    : page(
        c,
        title,
        <ProblemNote problem={answer.problem} />,
        answer.problem.status as ContentfulStatusCode,
      );
}

/** After a form: on to where its effect is seen, or why it had none. */
export function afterForm(c: PageContext, title: string, answer: Answer<unknown>, to: string) {
  return answer.ok ? c.redirect(to, 303) : pageOf(c, title, answer, () => null);
}

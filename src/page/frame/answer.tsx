import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../api/http/problem.ts";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { page, placeOf } from "./frame.tsx";
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
        <>
          <ProblemNote problem={answer.problem} />
          <WayBack c={c} />
        </>,
        answer.problem.status as ContentfulStatusCode,
      );
}

/** After a form: on to where its effect is seen, or why it had none, with the way there. */
export function afterForm(c: PageContext, title: string, answer: Answer<unknown>, to: string) {
  if (answer.ok) {
    return c.redirect(to, 303);
  }
  const { problem } = answer;
  return page(
    c,
    titleAfter(problem, title),
    <>
      <ProblemNote problem={problem} />
      <p>
        <a href={to}>See how it stands</a>
      </p>
    </>,
    problem.status as ContentfulStatusCode,
  );
}

/** What is said of a form that failed: where Lethe is at fault, its effect may be there all the same. */
export function titleAfter({ code }: Problem, title: string): string {
  return UNCERTAIN.has(code) ? "It is not known whether this was done" : title;
}

const UNCERTAIN: ReadonlySet<string> = new Set(["internal", "unavailable"]);

/** From what the API refused to the list that the page belongs to. */
function WayBack({ c }: { readonly c: PageContext }) {
  const { path, name } = placeOf(c.req.path);
  return (
    <p>
      <a href={path}>{path === "/" ? "Go to the overview" : `Go to ${name.toLowerCase()}`}</a>
    </p>
  );
}

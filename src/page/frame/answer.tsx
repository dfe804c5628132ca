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
  return answer.ok ? page(c, title, view(answer.value)) : problemPage(c, title, answer.problem);
}

/** A page of what the API refused, with the way to the list that it belongs to. */
export function problemPage(c: PageContext, title: string, problem: Problem) {
  const { path, name } = placeOf(c.req.path);
  const way = { to: path, name: `Go to ${path === "/" ? "the overview" : name.toLowerCase()}` };
  return stopPage(c, title, <ProblemNote problem={problem} />, way, problem.status);
}

/** After a form: on to where its effect is seen, or why it had none, with the way there. */
export function afterForm(c: PageContext, title: string, answer: Answer<unknown>, to: string) {
  if (answer.ok) {
    return c.redirect(to, 303);
  }
  const { problem } = answer;
  const note = <ProblemNote problem={problem} />;
  const way = { to, name: "See how it stands" };
  return stopPage(c, titleAfter(problem, title), note, way, problem.status);
}

/** The status of a page about what the API answered. */
export function statusOf(answer: Answer<unknown>): ContentfulStatusCode {
  return answer.ok ? 200 : (answer.problem.status as ContentfulStatusCode);
}

/** A page that says why something was not done, and where to go from there. */
export function stopPage(
  c: PageContext,
  title: string,
  why: Child,
  { to, name }: { readonly to: string; readonly name: string },
  status: number,
) {
  return page(
    c,
    title,
    <>
      {typeof why === "string" ? (
        <p class="note bad" role="alert">
          {why}
        </p>
      ) : (
        why
      )}
      <p>
        <a href={to}>{name}</a>
      </p>
    </>,
    status as ContentfulStatusCode,
  );
}

/** What is said of a form that failed: where Lethe is at fault, its effect may be there all the same. */
export function titleAfter({ code }: Problem, title: string): string {
  return UNCERTAIN.has(code) ? "It is not known whether this was done" : title;
}

const UNCERTAIN: ReadonlySet<string> = new Set(["internal", "unavailable"]);

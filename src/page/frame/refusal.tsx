import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../api/http/problem.ts";
import type { JobError } from "../../core/report/job.ts";
import type { FieldError } from "../../core/values/field_error.ts";
import type { PageContext } from "../context.ts";
import { Document } from "./frame.tsx";
import { Prose } from "./prose.tsx";

type RefusalStatus = 400 | 401 | 403 | 404 | 413 | 429 | 503;

/** A page for who is not signed in, or may not go on: it says why, and what to do. */
export function plainPage(
  c: PageContext,
  title: string,
  content: Child,
  status: ContentfulStatusCode,
) {
  const document = (
    <Document title={title}>
      <main id="main" class="plain" tabindex={-1}>
        <h1>{title}</h1>
        {content}
      </main>
    </Document>
  );
  return c.html(html`<!doctype html>${document}`, status);
}

/** Refuses a request before any page is made. */
export function refusal(c: PageContext, status: RefusalStatus, why: string) {
  return plainPage(
    c,
    "Not done",
    <>
      <p>{why}</p>
      <p>
        <a href="/">Back to the overview</a>
      </p>
    </>,
    status,
  );
}

/** What went wrong in a sweep or an erasure; nothing while nothing has. */
export function ErrorNote({ of }: { readonly of: JobError | null }) {
  return of === null ? null : (
    <p class="note bad">
      <code>{of.code}</code>: <Prose of={of.message} />
    </p>
  );
}

/** What is wrong with some fields, a line each. */
export function FieldErrors({ of }: { readonly of: readonly FieldError[] }) {
  return (
    <>
      {of.map(({ field, message }) => (
        <p>
          <code>{field}</code>: <Prose of={message} />
        </p>
      ))}
    </>
  );
}

/** What the API refused, with its way to mend it: that is each field's, where fields are wrong. */
export function ProblemNote({ problem }: { readonly problem: Problem }) {
  const { title, detail, errors = [] } = problem;
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{title}</strong>
        {errors.length > 0 ? (
          ":"
        ) : detail.startsWith(title) ? (
          <Prose of={detail.slice(title.length)} />
        ) : (
          <>
            . <Prose of={detail} />
          </>
        )}
      </p>
      <FieldErrors of={errors} />
      <p class="small">
        <a href={problem.type}>{problem.code}</a>, request {problem.request_id}
      </p>
    </div>
  );
}

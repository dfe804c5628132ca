import { sourcesFor } from "../frame/sources.ts";
import { Policy } from "../../core/policy/policy.ts";
import { policyWords } from "../../core/policy/policy_words.ts";
import { parseJson } from "../../core/values/json.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { may, sent, type PageContext } from "../context.ts";
import { Field } from "../frame/field.tsx";
import { confirmPage, needsConfirming } from "../frame/confirm.tsx";
import { Form } from "../frame/form.tsx";
import { statusOf, stopPage, titleAfter } from "../frame/answer.tsx";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Prose } from "../frame/prose.tsx";

/** The ETag of a form that replaces whatever is there: what is invalid has none. */
export const ANYTHING = "*";
/** The ETag of a form that replaces nothing. */
const NOTHING = "";

interface Edit {
  /** Null: the form asks for it. */
  readonly id: string | null;
  /** Of the version that the form was made from. */
  readonly etag: string;
  readonly document: string;
}

/** The form that tries and saves a document. */
export function EditForm({ c, id, etag, document }: Edit & { readonly c: PageContext }) {
  const fields = { etag, ...(id === null ? {} : { id }) };
  return (
    <Form c={c} action="/policies/save" fields={fields} class="stack">
      {id === null ? (
        <Field name="id" label="Id" hint="Lower-case letters, digits, _ and -. It stays." />
      ) : null}
      <label for="document">The document, as JSON</label>
      <textarea id="document" name="document" class="code" rows={18} spellcheck={false} required>
        {document}
      </textarea>
      <div class="inline">
        {may(c, "sweeps:run") ? (
          <button type="submit" formaction="/policies/preview">
            Preview: remove nothing
          </button>
        ) : null}
        <button type="submit" class="main">
          Save
        </button>
      </div>
    </Form>
  );
}

/** The form of a policy that is not there yet, with the smallest document. */
export function NewPolicy({ c }: { readonly c: PageContext }) {
  const [source] = sourcesFor(c);
  const name = source?.name ?? "client_sessions";
  const smallest = {
    source: name,
    expire: [{ clock: "created_at", after: "P1Y" }],
    mode: "observe",
  };
  return (
    <details>
      <summary>Write a new policy</summary>
      <EditForm c={c} id={null} etag={NOTHING} document={JSON.stringify(smallest, null, 2)} />
    </details>
  );
}

/** Plans what the document of a form would remove, beside the stored one. The form comes back, to be saved. */
export async function previewEdit(c: PageContext) {
  const { id, etag, document } = readEdit(c);
  const isNew = etag === NOTHING || etag === ANYTHING;
  const read = readDocument(document);
  const answer = await c.get("api").send<SweepReport>("POST", `${pathOf(id)}/preview`, {
    text: `{ "policy": ${document}\n${isNew ? "" : `, "compare": "stored"`} }`,
  });
  return page(
    c,
    `Preview of ${id}`,
    <>
      {answer.ok ? (
        <p class="note good">
          Nothing is saved, and nothing is removed.{" "}
          <a href={`/sweeps/${answer.value.id}`} target="_blank">
            See what this document would remove
          </a>{" "}
          (in a new tab). Then save it here, or change it.
        </p>
      ) : (
        <ProblemNote problem={answer.problem} />
      )}
      {read === null ? null : <Words policy={read} />}
      <EditForm c={c} id={id} etag={etag} document={document} />
    </>,
    statusOf(answer),
  );
}

/** Saves the document of a form, if the version that the form was made from is still the newest. */
export async function saveEdit(c: PageContext) {
  const { id, etag, document } = readEdit(c);
  const [back, notSaved] = [`/policies/${encodeURIComponent(id)}`, `Policy ${id} is not saved`];
  const mayWrite = may(c, "policies:write");
  if (mayWrite && etag === ANYTHING && (await c.get("api").get(pathOf(id))).ok) {
    // Said instead of writing over a document that nobody has seen here.
    const why = "Somebody has put a valid document there since this form was made.";
    return stopPage(c, notSaved, why, { to: back, name: "Look at it first" }, 409);
  }
  const read = readDocument(document);
  if (read?.mode === "enforce" && needsConfirming(c, "policies:write")) {
    return confirmPage(c, {
      title: `Save ${id}, which removes`,
      content: (
        <>
          <p class="note warn">
            This document enforces: it removes what is due by it, from its next run on. What is
            removed cannot be brought back.
          </p>
          <Words policy={read} />
        </>
      ),
      action: "/policies/save",
      fields: { id, etag, document },
      button: "Save: remove what is due",
      back,
    });
  }
  const answer = await c.get("api").send("PUT", pathOf(id), {
    text: document,
    headers: etag === NOTHING ? { "if-none-match": "*" } : { "if-match": etag },
  });
  if (answer.ok) {
    return c.redirect(back, 303);
  }
  return page(
    c,
    titleAfter(answer.problem, notSaved),
    <>
      <ProblemNote problem={answer.problem} />
      <p>
        <a href="/policies">All policies</a>
      </p>
      <EditForm c={c} id={id} etag={etag} document={document} />
    </>,
    statusOf(answer),
  );
}

/** The policy that a document is; null: it is none. */
function readDocument(document: string): Policy | null {
  const json = parseJson(document);
  const read = json.ok ? Policy.safeParse(json.value) : null;
  return read?.success === true ? read.data : null;
}

/** What a policy means, in sentences. */
export function Words({ policy }: { readonly policy: Policy }) {
  return (
    <ul>
      {policyWords(policy).map((sentence) => (
        <li>
          <Prose of={sentence} />
        </li>
      ))}
    </ul>
  );
}

function readEdit(c: PageContext) {
  return { id: sent(c, "id").trim(), etag: sent(c, "etag"), document: sent(c, "document") };
}

/** The path of a policy in the API. */
export function pathOf(id: string): string {
  return `/v1/policies/${encodeURIComponent(id)}`;
}

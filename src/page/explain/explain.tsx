import { sourcesFor } from "../frame/sources.ts";
import { sent, type PageContext } from "../context.ts";
import { statusOf } from "../frame/answer.tsx";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Told, type Explained } from "./told.tsx";

/** The page that asks for a session. */
export function askExplain(c: PageContext) {
  return page(c, "Explain a session", <Ask c={c} />);
}

/** What each policy says of one session. The session comes in a form: it is not written into a URL. */
export async function showExplain(c: PageContext) {
  // What is left empty is searched.
  const given = ["source", "scope", "id"]
    .map((name) => [name, sent(c, name).trim()] as const)
    .filter(([, value]) => value !== "");
  const answer = await c
    .get("api")
    .send<Explained>("POST", "/v1/explain", { body: Object.fromEntries(given) });
  return page(
    c,
    "Explain a session",
    <>
      {answer.ok ? (
        <Told told={answer.value} now={c.get("deps").now()} />
      ) : (
        <>
          <ProblemNote problem={answer.problem} />
          {(answer.problem.places ?? []).map((place) => (
            <AskIn c={c} source={place.source} scope={place.scope} id={sent(c, "id").trim()} />
          ))}
        </>
      )}
      <Ask c={c} />
    </>,
    statusOf(answer),
  );
}

function Ask({ c }: { readonly c: PageContext }) {
  return (
    <Form c={c} action="/explain" class="stack">
      <Field name="id" label="Session id" />
      <Field
        name="source"
        label="Source"
        list={["", ...sourcesFor(c).map(({ name }) => name)]}
        empty="every source"
      />
      <Field
        name="scope"
        label="Workspace or agent"
        hint="Left empty: every one is searched, where the provider lets a session be found by its id"
        required={false}
      />
      <button type="submit">Explain</button>
    </Form>
  );
}

interface AskInProps {
  readonly c: PageContext;
  readonly source: string;
  readonly scope: string | null;
  readonly id: string;
}

/** The question again, about one of several sessions of an id. */
function AskIn({ c, source, scope, id }: AskInProps) {
  return (
    <Form c={c} action="/explain" fields={{ source, scope: scope ?? "", id }}>
      <button type="submit">
        In {scope ?? "an unknown scope"} of {source}
      </button>
    </Form>
  );
}

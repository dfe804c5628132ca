import { sourcesFor } from "../frame/sources.ts";
import type { HoldReport } from "../../core/report/hold.ts";
import { IDENTIFIER_TYPES } from "../../core/session/subject.ts";
import { sent, type PageContext } from "../context.ts";
import { afterForm } from "../frame/answer.tsx";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";
import { page } from "../frame/frame.tsx";

const NOT_PLACED = "The hold was not placed";

interface PlaceProps {
  readonly c: PageContext;
  /** The session that the form is filled in with. */
  readonly session?: HeldSession;
}

interface HeldSession {
  readonly source: string;
  readonly scope: string;
  readonly id: string;
}

/** The forms that place a hold on one session or on one person. */
export function PlaceForm({ c, session }: PlaceProps) {
  const known = sourcesFor(c).map(({ name }) => name);
  // One that is configured no more stays what is held: a choice without it would fall on another source.
  const sources = [...new Set([...known, ...(session === undefined ? [] : [session.source])])];
  return (
    <div class="cards">
      <section class="card" aria-labelledby="hold-session">
        <h2 id="hold-session">Hold one session</h2>
        <Form c={c} action="/holds/session" class="stack">
          <Field name="source" label="Source" list={sources} value={session?.source ?? ""} />
          <Field name="scope" label="Workspace or agent" value={session?.scope ?? ""} />
          <Field name="id" label="Session id" value={session?.id ?? ""} />
          <Why prefix="session" />
          <button type="submit">Place the hold</button>
        </Form>
      </section>
      <section class="card" aria-labelledby="hold-person">
        <h2 id="hold-person">Hold everything of a person</h2>
        <Form c={c} action="/holds/person" class="stack">
          <Field name="type" label="Kind of identifier" list={IDENTIFIER_TYPES} />
          <Field
            name="value"
            label="Identifier"
            hint="The exact value. It is compared as it is, and shown nowhere again."
          />
          <Why prefix="person" />
          <button type="submit">Place the hold</button>
        </Form>
      </section>
    </div>
  );
}

function Why({ prefix }: { readonly prefix: string }) {
  return (
    <>
      <Field name={`${prefix}-reason`} label="Why" hint="For example: litigation, case 2026-14" />
      <Field name={`${prefix}-owner`} label="Who answers for it" />
      <Field
        name={`${prefix}-review`}
        type="date"
        label="Review on"
        hint="A year from now at most"
      />
    </>
  );
}

/** A form that is filled in with a session, which is not written into a URL. */
export function prepareHold(c: PageContext) {
  return page(c, "Hold a session", <PlaceForm c={c} session={sessionOf(c)} />);
}

/** Places a hold on one session. */
export function holdSession(c: PageContext) {
  return place(c, "session", { kind: "session", ...sessionOf(c) });
}

function sessionOf(c: PageContext): HeldSession {
  return { source: sent(c, "source"), scope: sent(c, "scope"), id: sent(c, "id") };
}

/** Places a hold on everything that names a person. */
export function holdPerson(c: PageContext) {
  const identifier = { type: sent(c, "type"), value: sent(c, "value") };
  return place(c, "person", { kind: "subject", identifiers: [identifier] });
}

async function place(c: PageContext, prefix: string, selector: unknown) {
  const answer = await c.get("api").send<HoldReport>("POST", "/v1/holds", {
    body: {
      selector,
      ground: { text: sent(c, `${prefix}-reason`) },
      owner: sent(c, `${prefix}-owner`),
      // A day means its end, wherever it is read.
      review_at: `${sent(c, `${prefix}-review`)}T23:59:59Z`,
    },
  });
  const to = answer.ok ? `/holds/${answer.value.id}` : "/holds";
  // Placed a second time, it would have to be released twice.
  const isPlaced = !answer.ok && answer.problem.code === "not_in_force";
  const title = isPlaced ? "The hold is placed, and not yet in force everywhere" : NOT_PLACED;
  return afterForm(c, title, answer, to);
}

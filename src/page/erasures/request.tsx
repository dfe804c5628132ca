import { sourcesFor } from "../frame/sources.ts";
import { REGULATIONS, type ErasureReport } from "../../core/report/erasure.ts";
import { IDENTIFIER_TYPES } from "../../core/session/subject.ts";
import { sent, type PageContext } from "../context.ts";
import { afterForm } from "../frame/answer.tsx";
import { confirmPage, needsConfirming } from "../frame/confirm.tsx";
import { Fact } from "../frame/facts.tsx";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";

/** The field that tells one form from the next: one that is sent twice asks once. */
const ONCE = "once";

/** What the form says of an erasure. */
const FIELDS = ["type", "value", "reference", "regulation", "whole_customer", ONCE] as const;

/** The form that asks for an erasure of one person. */
export function RequestForm({ c }: { readonly c: PageContext }) {
  const { random } = c.get("deps");
  const paths = sourcesFor(c)
    .filter(({ kind }) => kind === "agent_sessions")
    .flatMap(({ person_paths: declared }) => declared.map((path) => `metadata:${path}`));
  const once = Buffer.from(random(16)).toString("hex");
  const types = [...new Set([...IDENTIFIER_TYPES, ...paths])];
  return (
    <section class="card" aria-labelledby="erase">
      <h2 id="erase">Erase a person</h2>
      <Form c={c} action="/erasures" fields={{ [ONCE]: once }} class="stack">
        <Field name="type" label="Kind of identifier" list={types} />
        <Field
          name="value"
          label="Identifier"
          hint="The exact value. It is compared as it is. You see it once more, to confirm it, and nowhere later."
        />
        <Field
          name="reference"
          label="Your own name for the request"
          hint="A case number. Not the person's name."
          required={false}
        />
        <Field name="regulation" label="Under" list={["", ...REGULATIONS]} />
        <div>
          <input id="whole_customer" name="whole_customer" type="checkbox" value="true" />{" "}
          <label for="whole_customer">
            The identifier is a customer_key: erase the whole business
          </label>
        </div>
        <div class="inline">
          <button type="submit" name="dry_run" value="true">
            Look first
          </button>
          <button type="submit" class="danger">
            Erase in every source
          </button>
        </div>
        <span class="small">To look first removes nothing, and shows what would go and why.</span>
      </Form>
    </section>
  );
}

/** What an erasure is about to remove, in front of its button. The person is who was typed in this request. */
function confirmErasure(c: PageContext) {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, sent(c, name)]));
  const sources = sourcesFor(c).map(({ name }) => name);
  return confirmPage(c, {
    title: "Erase a person",
    content: (
      <>
        <p class="note warn">
          Every session that names this person is removed. That cannot be undone. Holds are obeyed,
          and a large erasure waits for an approval.
        </p>
        <dl class="facts">
          <Fact name="Named by">
            {fields["type"]}: <code>{fields["value"]}</code>
          </Fact>
          {fields["whole_customer"] === "" ? null : (
            <Fact name="How much">the whole business of this customer_key</Fact>
          )}
          <Fact name="In">
            {sources.length === 0 ? "no source that your key reaches" : sources.join(", ")}
          </Fact>
          <Fact name="Your own name for it">{fields["reference"] || "none"}</Fact>
          <Fact name="Under">{fields["regulation"] || "not said"}</Fact>
        </dl>
      </>
    ),
    action: "/erasures",
    fields,
    button: "Erase this person now",
    back: "/erasures",
  });
}

/** Asks for the erasure of a form, and goes on to its report. */
export async function requestErasure(c: PageContext) {
  const given = (name: string) => sent(c, name) || undefined;
  if (given("dry_run") === undefined && needsConfirming(c, "erasures:write")) {
    return confirmErasure(c);
  }
  // Of all fields: a form that comes back from the history and says something else asks for that.
  const key =
    given(ONCE) === undefined
      ? undefined
      : c.get("deps").config.keyring?.hash("body", c.get("form").toString());
  const answer = await c.get("api").send<ErasureReport>("POST", "/v1/erasures", {
    body: {
      subject: { identifiers: [{ type: given("type"), value: given("value") }] },
      reference: given("reference"),
      regulation: given("regulation"),
      ...(given("whole_customer") === undefined ? {} : { whole_customer: true }),
      ...(given("dry_run") === undefined ? {} : { dry_run: true }),
    },
    ...(key !== undefined && { headers: { "idempotency-key": key } }),
  });
  return afterForm(
    c,
    "Not asked for",
    answer,
    answer.ok ? `/erasures/${answer.value.id}` : "/erasures",
  );
}

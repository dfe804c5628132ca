import { REGULATIONS, type ErasureReport } from "../../core/report/erasure.ts";
import { IDENTIFIER_TYPES } from "../../core/session/subject.ts";
import type { PageContext } from "../context.ts";
import { afterForm } from "../frame/answer.tsx";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";

/** The field that tells one form from the next: one that is sent twice asks once. */
const ONCE = "once";

/** The form that asks for an erasure of one person. */
export function RequestForm({ c }: { readonly c: PageContext }) {
  const { config, random } = c.get("deps");
  const paths = [...config.sources.values()]
    .filter(({ kind }) => kind === "agent_sessions")
    .flatMap(({ person_paths: declared }) => declared.map((path) => `metadata:${path}`));
  const types = [...new Set([...IDENTIFIER_TYPES, ...paths])];
  return (
    <section class="card" aria-labelledby="erase">
      <h2 id="erase">Erase a person</h2>
      <Form action="/erasures" token={c.get("signed_in").form_token} class="stack">
        <input type="hidden" name={ONCE} value={Buffer.from(random(16)).toString("hex")} />
        <Field name="type" label="Kind of identifier" list={types} />
        <Field
          name="value"
          label="Identifier"
          hint="The exact value. It is compared as it is, and shown nowhere again."
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

/** Asks for the erasure of a form, and goes on to its report. */
export async function requestErasure(c: PageContext) {
  const form = c.get("form");
  const given = (name: string): string | undefined => {
    const value = form.get(name) ?? "";
    return value === "" ? undefined : value;
  };
  // Of all fields: a form that comes back from the history and says something else asks for that.
  const key = form.has(ONCE) ? c.get("deps").config.keyring?.hash("body", form.toString()) : null;
  const answer = await c.get("api").send<ErasureReport>("POST", "/v1/erasures", {
    body: {
      subject: { identifiers: [{ type: given("type"), value: given("value") }] },
      reference: given("reference"),
      regulation: given("regulation"),
      ...(given("whole_customer") === undefined ? {} : { whole_customer: true }),
      ...(given("dry_run") === undefined ? {} : { dry_run: true }),
    },
    ...(typeof key === "string" && { headers: { "idempotency-key": key } }),
  });
  return afterForm(
    c,
    "Not asked for",
    answer,
    answer.ok ? `/erasures/${answer.value.id}` : "/erasures",
  );
}

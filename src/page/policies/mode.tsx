import type { Policy } from "../../core/policy/policy.ts";
import { sent, type PageContext } from "../context.ts";
import { afterForm, problemPage } from "../frame/answer.tsx";
import { Form } from "../frame/form.tsx";
import { confirmPage, needsConfirming } from "../frame/confirm.tsx";
import { pathOf, Words } from "./edit.tsx";

/** What turning a policy into each mode means, and the word of its button. */
const MODES: Readonly<Record<Policy["mode"], { readonly means: string; readonly button: string }>> =
  {
    enforce: {
      means:
        "It removes what is due, from its next run on. What is removed cannot be brought back: look at a preview first.",
      button: "Enforce: remove what is due",
    },
    observe: {
      means: "It plans and reports what it would remove, and removes nothing.",
      button: "Observe: remove nothing",
    },
    off: {
      means: "It does not run. A sweep of it that is under way stops.",
      button: "Turn it off",
    },
  };
const NAMES = Object.keys(MODES) as Policy["mode"][];

interface ModesProps {
  readonly c: PageContext;
  readonly id: string;
  readonly policy: Policy;
  readonly etag: string;
}

/** A button for each other mode, with what it means in front of it. */
export function Modes({ c, id, policy, etag }: ModesProps) {
  return (
    <section aria-labelledby="mode">
      <h2 id="mode">Turn it into</h2>
      <div class="cards">
        {NAMES.filter((mode) => mode !== policy.mode).map((mode) => (
          <Form c={c} action="/policies/mode" fields={{ id, etag }} class="card">
            <p>{MODES[mode].means}</p>
            <button
              type="submit"
              name="mode"
              value={mode}
              class={mode === "enforce" ? "danger" : undefined}
            >
              {MODES[mode].button}
            </button>
          </Form>
        ))}
      </div>
    </section>
  );
}

/** Writes the policy with another mode, if the version that the page showed is still the newest. */
export async function turnMode(c: PageContext) {
  const [id, etag, mode] = [sent(c, "id"), sent(c, "etag"), sent(c, "mode")];
  const title = "The mode was not changed";
  const shown = await c.get("api").get<Policy>(pathOf(id));
  if (!shown.ok) {
    return problemPage(c, title, shown.problem);
  }
  if (mode === "enforce" && needsConfirming(c, "policies:write")) {
    return confirmPage(c, {
      title: `Enforce ${id}`,
      content: (
        <>
          <p class="note warn">{MODES.enforce.means}</p>
          <Words policy={shown.value} />
        </>
      ),
      action: "/policies/mode",
      fields: { id, etag, mode },
      button: MODES.enforce.button,
      back: `/policies/${id}`,
    });
  }
  const answer = await c.get("api").send("PUT", pathOf(id), {
    body: { ...shown.value, mode },
    headers: { "if-match": etag },
  });
  return afterForm(c, title, answer, `/policies/${id}`);
}

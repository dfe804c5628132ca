import { sourcesFor } from "../frame/sources.ts";
import type { PauseReport, SwitchReport } from "../../core/report/hold.ts";
import { may, sent, type PageContext } from "../context.ts";
import { afterForm, problemPage, stopPage } from "../frame/answer.tsx";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";
import { Time } from "../frame/values.tsx";

/** Said of the switch for all sources, where a source has a name. */
export const EVERY_SOURCE = "every source";
const NOT_TURNED = "The switch was not turned";

/** Whether removals are paused, by whom and why, and the forms that pause and resume them. */
export function Switch({ c, state }: { readonly c: PageContext; readonly state: SwitchReport }) {
  const now = c.get("deps").now();
  const pauses: readonly (readonly [string, PauseReport])[] = [
    ...(state.all === null ? [] : [[EVERY_SOURCE, state.all] as const]),
    ...Object.entries(state.sources),
  ];
  return (
    <section id="switch" aria-labelledby="switch-title">
      <h2 id="switch-title">The switch</h2>
      {pauses.length === 0 ? <p>Removals are on, in every source.</p> : null}
      {pauses.map(([source, pause]) => (
        <div class="note warn">
          <p>
            <strong>Removals from {source} are paused</strong> by {pause.by},{" "}
            <Time at={pause.at} now={now} />: {pause.reason}
            {pause.until === null ? null : (
              <>
                {" "}
                (until <Time at={pause.until} now={now} />)
              </>
            )}
          </p>
          <Resume c={c} source={source} since={pause.at} />
        </div>
      ))}
      {may(c, "switch:write") ? (
        <details>
          <summary>Pause removals</summary>
          <Form c={c} action="/switch/pause" class="stack">
            <Field
              name="source"
              label="Source"
              list={[EVERY_SOURCE, ...sourcesFor(c).map(({ name }) => name)]}
            />
            <Field name="reason" label="Why" />
            <button type="submit">Pause removals</button>
          </Form>
        </details>
      ) : null}
    </section>
  );
}

interface ResumeProps {
  readonly c: PageContext;
  /** Its name, or `EVERY_SOURCE`. */
  readonly source: string;
  /** When the pause began that is shown: no other is ended. */
  readonly since: string;
}

/** The form that ends a pause; nothing for a key that may not. */
export function Resume({ c, source, since }: ResumeProps) {
  return may(c, "switch:write") ? (
    <Form c={c} action="/switch/resume" fields={{ source, since }}>
      <button type="submit" class="danger">
        Remove from {source} again
      </button>
    </Form>
  ) : null;
}

/** Pauses the removals of one source or of all. */
export function pauseRemovals(c: PageContext) {
  return turn(c, { paused: true, reason: sent(c, "reason") });
}

/** Ends the pause that the form showed. One that stands in its place has a reason that nobody has seen. */
export async function resumeRemovals(c: PageContext) {
  const source = sent(c, "source");
  const answer = await c.get("api").get<SwitchReport>("/v1/switch");
  if (!answer.ok) {
    return problemPage(c, NOT_TURNED, answer.problem);
  }
  const { all, sources } = answer.value;
  const pause = source === EVERY_SOURCE ? all : sources[source];
  if (pause !== null && pause !== undefined && pause.at !== sent(c, "since")) {
    const why = `Another pause stands there now: ${pause.by} has paused removals again (${pause.reason}).`;
    const way = { to: "/#switch", name: "Look at it on the overview" };
    return stopPage(c, NOT_TURNED, why, way, 409);
  }
  return turn(c, { paused: false });
}

async function turn(c: PageContext, change: Readonly<Record<string, unknown>>) {
  const source = sent(c, "source");
  const body = { ...change, ...(source === EVERY_SOURCE ? {} : { source }) };
  const answer = await c.get("api").send("PUT", "/v1/switch", { body });
  // It is turned then: somewhere sooner, and everywhere soon.
  const isTurned = !answer.ok && answer.problem.code === "not_in_force";
  const title = isTurned ? "The switch is turned, and not yet everywhere" : NOT_TURNED;
  return afterForm(c, title, answer, "/#switch");
}

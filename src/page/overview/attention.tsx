import { ATTENTION, type Attention, type AttentionList } from "../../core/report/attention.ts";
import { spelled } from "../../core/values/words.ts";
import type { PageContext } from "../context.ts";
import { Prose } from "../frame/prose.tsx";
import { Said, Time } from "../frame/values.tsx";
import type { Entry } from "../policies/policy_table.tsx";
import { Settle } from "./settle.tsx";

interface NotesProps {
  readonly c: PageContext;
  readonly list: AttentionList;
  readonly policies: readonly Entry[];
}

/** What needs a person, the most urgent first, each with what settles it. */
export function AttentionNotes({ c, list, policies }: NotesProps) {
  const more = Object.values(list.attention_more).reduce((sum, count) => sum + count, 0);
  return (
    <section id="attention" data-live aria-labelledby="attention-title">
      <h2 id="attention-title">What needs you</h2>
      {list.attention.length === 0 ? <p class="note good">Nothing does.</p> : null}
      {list.attention.map((one) => (
        <Note c={c} one={one} policies={policies} />
      ))}
      {more === 0 ? null : <p>And {more} more of the same kinds.</p>}
    </section>
  );
}

interface NoteProps extends Pick<NotesProps, "c" | "policies"> {
  readonly one: Attention;
}

function Note({ c, one, policies }: NoteProps) {
  const now = c.get("deps").now();
  return (
    <div class="note warn">
      <p>
        <strong>{spelled(one.code)}</strong>
        {one.since === null ? null : (
          <>
            , since <Time at={one.since} now={now} />
          </>
        )}
      </p>
      <p>
        <Said text={one.message} now={now} />
      </p>
      <Settle c={c} one={one} policies={policies} />
      <p class="small">
        Settled by: <Prose of={ATTENTION[one.code].settled_by} />.
      </p>
    </div>
  );
}

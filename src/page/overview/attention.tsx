import { ATTENTION, type Attention, type AttentionList } from "../../core/report/attention.ts";
import { Time } from "../frame/values.tsx";
import { Prose } from "../frame/prose.tsx";

/** What needs a person, the most urgent first, each with the way to where it is settled. */
export function AttentionNotes({
  list,
  now,
}: {
  readonly list: AttentionList;
  readonly now: number;
}) {
  const more = Object.values(list.attention_more).reduce((sum, count) => sum + count, 0);
  return (
    <section id="attention" data-live aria-labelledby="attention-title">
      <h2 id="attention-title">What needs you</h2>
      {list.attention.length === 0 ? <p class="note good">Nothing does.</p> : null}
      {list.attention.map((one) => (
        <Note one={one} now={now} />
      ))}
      {more === 0 ? null : <p>And {more} more of the same kinds.</p>}
    </section>
  );
}

function Note({ one, now }: { readonly one: Attention; readonly now: number }) {
  const place = placeOf(one);
  return (
    <div class="note warn">
      <p>
        <strong>{one.code.replaceAll("_", " ")}</strong>
        {one.since === null ? null : (
          <>
            , since <Time at={one.since} now={now} />
          </>
        )}
      </p>
      <p>{one.message}</p>
      <p class="small">
        {place === null ? null : (
          <>
            <a href={place}>Go there</a>.{" "}
          </>
        )}
        Settled by: <Prose of={ATTENTION[one.code].settled_by} />.
      </p>
    </div>
  );
}

/** The page on which a matter is looked at and settled; null: no page is. */
function placeOf({ code, about: { kind, id } }: Attention): string | null {
  if (code === "paused") {
    return "#switch";
  }
  switch (kind) {
    case "sweep":
      return `/sweeps/${id ?? ""}`;
    case "erasure":
      return `/erasures/${id ?? ""}`;
    case "policy":
      return id === null ? null : `/policies/${encodeURIComponent(id)}`;
    case "hold":
      return "/holds";
    case "source":
      return "#sources";
    case "deployment":
    case "store":
    case "variable":
      return null;
  }
}

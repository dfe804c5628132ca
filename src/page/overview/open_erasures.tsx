import type { ErasureReport } from "../../core/report/erasure.ts";
import { ErasureTable } from "../erasures/erasure_table.tsx";
import type { List } from "../frame/list.tsx";

/** What the overview asks the API for: erasures that have not ended, the newest first. */
export const OPEN_ERASURES_PATH = "/v1/erasures?open=true&limit=100";

const SHOWN = 10;

interface OpenErasuresProps {
  readonly open: List<ErasureReport>;
  readonly now: number;
}

/** The open erasures whose date is nearest. With more than a page of them, the late ones stand above. */
export function OpenErasures({ open, now }: OpenErasuresProps) {
  const { data, next_cursor: next } = open;
  const nearest = data
    .toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))
    .slice(0, SHOWN);
  return (
    <section id="erasures" data-live aria-labelledby="erasures-title">
      <h2 id="erasures-title">Erasures that have not ended</h2>
      <ErasureTable erasures={nearest} now={now} />
      {nearest.length === data.length ? null : (
        <p>
          <a href="/erasures?open=true">All of them</a>
        </p>
      )}
      {next === null ? null : (
        <p class="small">
          There are more than {data.length}. These are of the newest; what is late or at risk needs
          you, and stands above.
        </p>
      )}
    </section>
  );
}

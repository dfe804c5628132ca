import type { HoldReport } from "../../core/report/hold.ts";
import { may, type PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Fact } from "../frame/facts.tsx";
import { Prose } from "../frame/prose.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";
import { readOne } from "../frame/one.ts";
import { HeldBackJobs, LeftOutSessions } from "./held_back.tsx";
import { groundWords, targetWords } from "./target_words.ts";

/** One hold: what it says, what it matches now, and what it holds back. */
export async function showHold(c: PageContext) {
  const answer = await readOne<HoldReport>(c, "holds");
  return pageOf(c, answer.ok ? titleOf(answer.value) : "Hold", answer, (hold) => {
    const now = c.get("deps").now();
    const mayRelease = hold.status === "in_force" && may(c, "holds:write");
    return (
      <>
        <Facts hold={hold} now={now} />
        {hold.status === "in_force" ? <MatchesNow hold={hold} now={now} /> : null}
        <HeldBackJobs jobs={hold.holds_back} />
        <LeftOutSessions sessions={hold.left_out} now={now} />
        <TooLate late={hold.too_late} />
        {mayRelease ? (
          <p>
            <a href={`/holds/${hold.id}/release`}>Release this hold</a>: the next page shows what
            may be removed then.
          </p>
        ) : null}
      </>
    );
  });
}

function titleOf({ reference, id }: HoldReport): string {
  return `Hold ${reference ?? id}`;
}

function Facts({ hold, now }: { readonly hold: HoldReport; readonly now: number }) {
  return (
    <>
      <p>
        <Status of={hold.status} /> It binds {targetWords(hold.selector)}.
      </p>
      {hold.review_due ? (
        <p class="note warn">Its review date has passed. It still binds.</p>
      ) : null}
      {hold.warnings.map(({ source, message }) => (
        <p class="note warn">
          {source}: <Prose of={message} />
        </p>
      ))}
      <dl class="facts">
        <Fact name="Id">
          <code>{hold.id}</code>
        </Fact>
        <Fact name="Your own name for it">{hold.reference ?? "none"}</Fact>
        <Fact name="Why">{groundWords(hold.ground)}</Fact>
        <Fact name="Who answers for it">{hold.owner}</Fact>
        {hold.public_reason === null ? null : (
          <Fact name="What callers are told">{hold.public_reason}</Fact>
        )}
        <Fact name="Placed by">
          {hold.placed_by}, <Time at={hold.placed_at} now={now} />
        </Fact>
        <Fact name="Review">
          <Time at={hold.review_at} now={now} />
        </Fact>
        <Fact name="Ends">
          <Time at={hold.ends_at} now={now} none="when it is released" />
        </Fact>
        {hold.released_at === null ? null : (
          <Fact name="Released by">
            {hold.released_by}, <Time at={hold.released_at} now={now} />
          </Fact>
        )}
      </dl>
    </>
  );
}

/** How many sessions a hold matches now in each source, and whether the source obeys it. */
export function MatchesNow({ hold, now }: { readonly hold: HoldReport; readonly now: number }) {
  const { matches, in_force: obeys } = hold;
  const sources = Object.entries(matches?.sources ?? {});
  const isNobody = sources.length > 0 && sources.every(([, count]) => count === 0);
  return (
    <section aria-labelledby="matches">
      <h2 id="matches">What it matches now</h2>
      {isNobody ? (
        <p class="note warn">No session matches it: if one should, look at what it binds.</p>
      ) : null}
      {matches === null || sources.length === 0 ? (
        <p class="soft">Nothing was counted.</p>
      ) : (
        <>
          <dl class="facts">
            {sources.map(([source, count]) => (
              <Fact name={source}>
                {count === null ? (
                  <span class="soft">not counted</span>
                ) : (
                  <>
                    <Figure of={count} /> {count === 1 ? "session" : "sessions"}
                  </>
                )}
                {obeys[source] === false ? ", and the source has not confirmed the hold yet" : ""}
              </Fact>
            ))}
          </dl>
          <p class="small">
            Counted <Time at={matches.counted_at} now={now} />. Providers are not counted.
          </p>
        </>
      )}
    </section>
  );
}

function TooLate({ late }: { readonly late: HoldReport["too_late"] }) {
  return late.count + late.unknown === 0 ? null : (
    <section class="note bad" aria-labelledby="late">
      <h2 id="late">What it came too late for</h2>
      <p>
        Calls that were under way removed <Figure of={late.count} /> sessions that it matches
        {late.unknown === 0 ? "" : `, and perhaps ${late.unknown} more`}.
      </p>
      <ul>
        {late.sessions.map(({ source, scope, id }) => (
          <li>
            <code>{id}</code> in {scope} of {source}
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { HoldReport } from "../../core/report/hold.ts";
import { may, type PageContext } from "../context.ts";
import { problemPage, stopPage } from "../frame/answer.tsx";
import { confirmPage } from "../frame/confirm.tsx";
import { readOne } from "../frame/one.ts";
import { HeldBackJobs, LeftOutSessions } from "./held_back.tsx";
import { MatchesNow } from "./hold.tsx";
import { targetWords } from "./target_words.ts";

const TITLE = "Release a hold";

/** What a release lets go, in front of its button: what is removed then cannot be brought back. */
export async function confirmRelease(c: PageContext) {
  const answer = await readOne<HoldReport>(c, "holds");
  if (!answer.ok) {
    return problemPage(c, TITLE, answer.problem);
  }
  const { value: hold } = answer;
  const back = `/holds/${hold.id}`;
  const way = { to: back, name: "Back to the hold" };
  if (hold.status !== "in_force") {
    return stopPage(c, TITLE, "It is over already.", way, 409);
  }
  if (!may(c, "holds:write")) {
    return stopPage(c, TITLE, "Your key may not release holds.", way, 403);
  }
  const now = c.get("deps").now();
  return confirmPage(c, {
    title: TITLE,
    content: (
      <>
        <p class="note warn">
          Released, the hold on {targetWords(hold.selector)} no longer keeps anything. The next
          sweeps remove what is due of it. An erasure that left sessions because of it is not begun
          again: ask for it anew. Whom the hold names is forgotten at once: it cannot be put back in
          force, only placed anew.
        </p>
        <MatchesNow hold={hold} now={now} />
        <HeldBackJobs jobs={hold.holds_back} />
        <LeftOutSessions sessions={hold.left_out} now={now} />
      </>
    ),
    action: `/holds/${hold.id}/release`,
    button: "Release the hold",
    back,
  });
}

// Keeps what moves on a page up to date: each element with `data-live` and an id is taken from a fresh copy
// of the page. Without this script a page shows how things stood when it was opened.
const EVERY_MS = 5000;
const PATIENCE_MS = 60_000;

async function refresh(wait) {
  await new Promise((wake) => setTimeout(wake, wait));
  const places = document.querySelectorAll("[data-live]");
  if (places.length === 0) {
    return;
  }
  let next = EVERY_MS;
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) {
        return;
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const place of places) {
        const now = fresh.getElementById(place.id);
        if (now !== null && !isInUse(place) && !place.isEqualNode(now)) {
          const scrolled = [...place.querySelectorAll(".scroll")].map(
            ({ scrollLeft }) => scrollLeft,
          );
          place.replaceWith(document.adoptNode(now));
          for (const [at, frame] of [...now.querySelectorAll(".scroll")].entries()) {
            frame.scrollLeft = scrolled[at] ?? 0;
          }
        }
      }
    } catch {
      next = PATIENCE_MS;
    }
  }
  return refresh(next);
}

// Whoever is writing, about to press a button or reading what they have opened there is not disturbed: another
// button would come to lie under the pointer.
function isInUse(place) {
  return (
    place.contains(document.activeElement) ||
    place.querySelector("details[open], form:hover") !== null
  );
}

void refresh(EVERY_MS);

// Sends a form once, however often its button is pressed: the answer to a second one would hide that the first
// was done, or do it again. A form that comes back from the history can be sent again.
const REST_MS = 3000;
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const before = sent.get(event.target);
  if (before !== undefined && event.timeStamp - before < REST_MS) {
    event.preventDefault();
    return;
  }
  sent.set(event.target, event.timeStamp);
});

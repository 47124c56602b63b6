// The number of questions that wait follows what comes in, once a minute while somebody looks. Without it, a reload does.

const strip = document.querySelector("[data-waiting]");
const link = strip?.querySelector("a");
const MINUTE = 60_000;
let looked = Date.now();

async function look() {
  if (document.hidden || Date.now() - looked < MINUTE) return;
  looked = Date.now();
  const answer = await fetch(strip.dataset.waiting, { headers: { Accept: "application/json" } }); // the browser adds If-None-Match
  if (!answer.ok || answer.redirected) return;
  const { text } = await answer.json();
  if (link.textContent !== text) link.textContent = text; // said aloud only when it is another number
}

if (strip) {
  setInterval(() => look().catch(() => {}), MINUTE / 4);
  document.addEventListener("visibilitychange", () => look().catch(() => {}));
}

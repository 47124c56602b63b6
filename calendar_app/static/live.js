// The open desk follows what happens within two seconds, without a reload. It asks for one number; only when that has risen it
// asks for more. It rests while nobody looks, and a press turns it off on this device. Without it, a reload shows the same.

const strip = document.querySelector("[data-pulse]");
const list = document.querySelector("[data-live] ul");
const status = document.querySelector("[data-live] [role=status]");
const button = document.querySelector("[data-live] button");
const beside = document.querySelector("[data-at-work]");
const BEAT = 1200, MINUTE = 60_000;
let number = strip?.dataset.number;
let looked = Date.now();
let off = false;
try { off = localStorage.getItem("live") === "off"; } catch { /* not allowed here: on */ }

async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok && !answer.redirected ? answer.json() : undefined;
}

async function beat() {
  if (document.hidden || off) return;
  const answer = await fetch(`${strip.dataset.pulse}&since=${number}`);
  if (!answer.ok) throw new Error(answer.statusText);
  if (answer.status === 204 && Date.now() - looked < MINUTE) return; // once a minute, ages and who is at work are renewed
  if (answer.status === 200) number = await answer.text();
  looked = Date.now();
  const happened = await ask(list || beside ? strip.dataset.live : strip.dataset.waiting);
  if (!happened) return;
  const link = document.querySelector("[data-waiting] a");
  if (link && link.textContent !== happened.text) link.textContent = happened.text; // said aloud only when it is another number
  if (list) show(happened.lines);
  if (beside && beside.textContent !== happened.beside) beside.textContent = happened.beside;
}

// Only lines that were not there before are said aloud, and of reactions none: they come too often.
function show(lines) {
  const known = new Set([...list.children].map((line) => line.dataset.key));
  const news = lines.filter(({ key }) => !known.has(key) && !key.startsWith("reacted"));
  if (list.contains(document.activeElement)) return; // nobody's place in the list is taken away
  list.replaceChildren(...lines.map(lineOf));
  if (news.length) status.textContent = news.map(({ text }) => text).join(" / ");
}

function lineOf({ key, text, address }) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  line.className = "line";
  line.dataset.key = key;
  link.href = address;
  link.textContent = text;
  line.append(link);
  return line;
}

async function live() {
  let pause = BEAT;
  try { await beat(); } catch { pause = 10 * BEAT; } // the server is away for a moment
  setTimeout(live, pause);
}

function showButton() {
  button.hidden = false;
  button.textContent = off ? button.dataset.on : button.dataset.off;
}

if (strip) {
  live();
  document.addEventListener("visibilitychange", () => beat().catch(() => {}));
}
if (button) {
  showButton();
  button.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem("live", off ? "off" : "on"); } catch { /* for this page only */ }
    showButton();
    beat().catch(() => {});
  });
}

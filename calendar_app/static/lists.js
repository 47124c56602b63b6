// Keys for the lists of the desk, for those who want them: everything works by Tab, Space and Enter too.
const OFF = "keys-off";
const rows = [...document.querySelectorAll("[data-row]")];
const help = document.querySelector("#keys");
const opener = document.querySelector("[data-keys]");
const wanted = document.querySelector("#keys-on");
const count = document.querySelector("[data-count]");
const stored = { get: () => { try { return localStorage.getItem(OFF); } catch { return null; } } };

const linkOf = (row) => row.querySelector("a.name, a");
const here = () => rows.find((row) => row.contains(document.activeElement));

function move(step) {
  const place = rows.indexOf(here());
  const seen = rows.filter((row) => row.getClientRects().length);
  const next = place < 0 ? seen[step > 0 ? 0 : seen.length - 1] : seen[seen.indexOf(rows[place]) + step];
  if (!next) return;
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => here()?.querySelector("[type=checkbox]")?.click(),
  e: () => here()?.querySelector("[data-edit]")?.click(),
  n: () => document.querySelector("[data-new]")?.click(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => help.showModal(),
};
const ARROWS = { ArrowDown: "j", ArrowUp: "k" };

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
  if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || stored.get()) return;
  const key = here() && ARROWS[event.key] || event.key;
  if (!Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
});

if (help) {
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  wanted.checked = !stored.get();
  wanted.addEventListener("change", () => {
    try { wanted.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "y"); } catch { /* not kept */ }
  });
}

// How many are ticked; who ticks one means the ticked ones.
const said = count?.textContent;
const boxes = [...document.querySelectorAll("[name=entry]")];
function say(event) {
  if (!count) return;
  if (event?.target.name === "entry") count.selected = true;
  if (event?.target.value === "page") boxes.forEach((box) => { box.checked = true; });
  count.textContent = `${said} (${boxes.filter((box) => box.checked).length})`;
}
document.querySelector(".working")?.addEventListener("change", say);
addEventListener("pageshow", () => say());

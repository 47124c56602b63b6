// What makes the forms nicer. Everything works without it.

const form = document.querySelector("form[data-guard]");
document.querySelector("#errors, #conflict, #odd")?.focus();
// The next person at this device finds nothing that this one was typing: the desk keeps it.
document.querySelector("form[action$='/sign-out']")?.addEventListener("submit", () => {
  Object.keys(localStorage).filter((name) => name.startsWith("draft/")).forEach((name) => localStorage.removeItem(name));
});
const menu = document.querySelector("details.menu");
addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  menu.firstElementChild.focus();
});
document.querySelectorAll("[data-narrows]").forEach(narrow);
document.querySelector("[autofocus]")?.scrollIntoView({ block: "center" });

if (form) {
  let changed = form.hasAttribute("data-unsaved");
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", refuseSecondPress);
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  const allDay = form.querySelector("[name=all_day]");
  const clocks = form.querySelectorAll("[name=start_time], [name=end_time]");
  const showClocks = () => clocks.forEach((clock) => { clock.closest(".field").hidden = allDay.checked; });
  allDay?.addEventListener("change", showClocks);
  if (allDay) showClocks();

  form.querySelectorAll("[data-date]").forEach(addPicker);
  if (form.dataset.preview) previewDates();
  form.querySelectorAll("input[type=file]").forEach(checkSize);

  // An impatient second press would post twice. Coming back to the page makes it pressable again.
  let sent = false;
  addEventListener("pageshow", () => { sent = false; });
  function refuseSecondPress(event) {
    if (sent) event.preventDefault();
    sent = true;
    changed = false;
  }
}

// What is typed hides the names without it at once; the button searches on the server, in other spellings too.
function narrow(field) {
  const rows = [...document.getElementById(field.dataset.narrows).children];
  const number = field.form.querySelector("output");
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  field.addEventListener("input", () => {
    const typed = plain(field.value.trim());
    rows.forEach((row) => { row.hidden = !plain(row.textContent).includes(typed); });
    number.value = rows.filter((row) => !row.hidden).length;
  });
}

// A text field for every way of writing a date; beside it the device's own calendar, which writes into the field.
function addPicker(field) {
  const native = document.createElement("input");
  const button = document.createElement("button");
  const row = document.createElement("div");
  native.type = "date";
  native.tabIndex = -1;
  native.setAttribute("aria-hidden", "true");
  button.type = "button";
  button.className = "second";
  button.textContent = "📅";
  button.setAttribute("aria-label", document.documentElement.lang === "ja" ? "カレンダーから選ぶ" : "Choose from a calendar");
  row.className = "picker";
  field.replaceWith(row);
  row.append(field, button, native);
  button.addEventListener("click", () => {
    if (/^\d{4}-\d\d-\d\d$/.test(field.value)) native.value = field.value;
    native.showPicker?.();
  });
  const weekday = document.createElement("output");
  weekday.className = "weekday";
  row.append(weekday);
  const say = () => { weekday.textContent = weekdayOf(field.value); };
  field.addEventListener("input", say);
  say();
  native.addEventListener("change", () => {
    field.value = native.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// The weekday of a date that names its year; other ways of writing are for the server to read.
function weekdayOf(text) {
  const found = text.normalize("NFKC").trim().match(/^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/);
  if (!found) return "";
  const [year, month, day] = found.slice(1).map(Number);
  const date = new Date(year, month - 1, day);
  return date.getDate() === day ? date.toLocaleDateString(document.documentElement.lang, { weekday: "long" }) : "";
}

// The dates in words while they are typed. If the server cannot be reached, the button sends the form as it always did.
function previewDates() {
  const box = form.querySelector("#preview");
  const button = form.querySelector("button[value=preview]");
  const kind = form.elements.repeats;
  kind?.addEventListener("change", () => { if (kind.value === "dates") form.querySelector(".more").open = true; });
  let waiting, running, shown = "";
  async function look() {
    running?.abort();
    running = new AbortController();
    const typed = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const answer = await fetch(form.dataset.preview, { method: "POST", body: typed, signal: running.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    const { sections, advice } = await answer.json();
    form.dispatchEvent(new CustomEvent("advice", { detail: advice }));
    form.dispatchEvent(new CustomEvent("dates", { detail: sections }));
    if (box && JSON.stringify(sections) !== shown) box.replaceChildren(...sections.map(section)); // said once, not at every key
    shown = JSON.stringify(sections);
  }
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => look().catch(() => {}), 400);
  });
  if (box) button.addEventListener("click", (event) => {
    if (!event.isTrusted) return;
    event.preventDefault();
    look().then(() => box.scrollIntoView({ block: "nearest" }), () => button.click());
  });
}

// One part of the preview: a heading and its lines.
function section({ heading, lines, tone }) {
  const made = document.createElement("section");
  const list = document.createElement("ul");
  made.className = tone;
  made.append(Object.assign(document.createElement("h3"), { textContent: heading }), list);
  list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  return made;
}

// Better to hear it now than after a long upload.
function checkSize(input) {
  const limit = Number(form.dataset.limit) * 2 ** 20;
  input.addEventListener("change", () => {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(size > limit ? form.dataset.tooLarge : "");
    if (size > limit) {
      input.reportValidity();
      input.value = "";
    }
  });
}

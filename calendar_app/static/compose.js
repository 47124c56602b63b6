// The form on a phone: one tap fills a field, what looks odd is said beside it.

const form = document.querySelector("form.compose");
if (form) {
  document.documentElement.classList.add("script");
  form.querySelectorAll("[data-pick]").forEach(offer);
  form.addEventListener("advice", (event) => advise(event.detail));
  document.addEventListener("click", mend);
}

// What looks odd stands under its field while it is being typed; it keeps nobody from publishing.
function advise(advice) {
  const lines = new Set(advice.map(({ field, message }) => `${field} ${message}`));
  form.querySelectorAll(".advice").forEach((shown) => { if (!lines.delete(shown.dataset.line)) shown.remove(); });
  for (const { field, message, mends } of advice) {
    const line = `${field} ${message}`;
    const place = document.getElementById(field)?.closest(".field, fieldset");
    if (!place || !lines.has(line)) continue;
    const box = Object.assign(document.createElement("div"), { className: "advice", role: "status" });
    box.dataset.line = line;
    box.append(Object.assign(document.createElement("p"), { textContent: message }));
    if (mends.length) box.append(waysOf(field, mends));
    place.append(box);
  }
}

function waysOf(field, mends) {
  const row = Object.assign(document.createElement("span"), { className: "mends" });
  row.append(...mends.map(([words, day]) => Object.assign(document.createElement("button"), { name: "mend", value: `${field}=${day}`, className: "second", textContent: form.dataset.mend.replace("{day}", words) })));
  return row;
}

// One press writes the date that was meant, here instead of by way of the desk.
function mend(event) {
  const button = event.target.closest("button[name=mend]");
  if (!button || button.form !== form) return;
  const [name, day] = button.value.split("=");
  event.preventDefault();
  form.elements[name].value = day;
  form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  form.elements[name].dispatchEvent(new Event("change", { bubbles: true }));
  const line = button.closest(".advice, li");
  if (line) line.remove();
  form.elements[name].focus();
}

// A chip writes into its fields; pressed again, it takes that back.
function offer(row) {
  row.hidden = false;
  const chips = [...row.querySelectorAll("button")].map((button) => ({ button, fields: Object.entries(JSON.parse(button.dataset.fill)) }));
  const held = (name) => { const field = form.elements[name]; return field.type === "checkbox" ? field.checked : field.value; };
  const show = () => chips.forEach(({ button, fields }) => button.setAttribute("aria-pressed", String(fields.every(([name, value]) => held(name) === value))));
  chips.forEach(({ button, fields }) => button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    for (const [name, value] of fields) {
      const field = form.elements[name];
      if (field.type === "checkbox") field.checked = value && !pressed;
      else field.value = pressed ? "" : value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    show();
  }));
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
}

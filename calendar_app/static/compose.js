// The form on a phone: one tap fills a field, what looks odd is said beside it.

const form = document.querySelector("form.compose");
if (form) {
  document.documentElement.classList.add("script");
  form.querySelectorAll("[data-pick]").forEach(offer);
  form.addEventListener("advice", (event) => advise(event.detail));
  document.addEventListener("click", mend);
}

// What looks odd stands under its field while it is being typed; it keeps nobody from publishing.
function advise(found) {
  const lines = new Set(found.map((one) => `${one.field} ${one.said}`));
  form.querySelectorAll(".advice").forEach((one) => { if (!lines.delete(one.dataset.line)) one.remove(); });
  for (const { field, said, mends } of found) {
    const line = `${field} ${said}`;
    const place = document.getElementById(field)?.closest(".field, fieldset");
    if (!place || !lines.has(line)) continue;
    const made = Object.assign(document.createElement("div"), { className: "advice", role: "status" });
    made.dataset.line = line;
    made.append(Object.assign(document.createElement("p"), { textContent: said }));
    if (mends.length) made.append(waysOf(field, mends));
    place.append(made);
  }
}

function waysOf(field, mends) {
  const row = Object.assign(document.createElement("span"), { className: "mends" });
  row.append(...mends.map(([said, day]) => Object.assign(document.createElement("button"), { name: "mend", value: `${field}=${day}`, className: "second", textContent: form.dataset.mend.replace("{day}", said) })));
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

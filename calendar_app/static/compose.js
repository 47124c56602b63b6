// The form on a phone: one tap fills a field, what is typed is kept, photos are small and sent at once.

import { keepDraft } from "./drafts.js";
import { sendPhotos } from "./photos.js";

const form = document.querySelector("form.compose");
if (form) {
  document.documentElement.classList.add("script");
  form.querySelectorAll("[data-pick]").forEach(offer);
  const says = JSON.parse(form.dataset.says);
  keepDraft(form, says);
  sendPhotos(form, says);
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

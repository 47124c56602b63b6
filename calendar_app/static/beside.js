// Beside the form: the page as it is typed, the venue by its first letters, and Ctrl + Enter for the main button.

const form = document.querySelector("form.compose");
const card = document.querySelector("[data-beside]");
const part = (name) => card.querySelector(`[data-part=${name}]`);
const typed = (name) => form.elements[name]?.value.trim() ?? "";
const chosen = (name) => { const option = form.elements[name]?.selectedOptions?.[0]; return option?.value ? option.textContent.trim() : ""; };

if (form && card) {
  card.hidden = false;
  form.addEventListener("input", draw);
  form.addEventListener("change", draw);
  form.addEventListener("dates", ({ detail }) => {
    const good = detail.find((section) => section.tone === "good");
    part("when").textContent = good?.lines[0] ?? good?.heading ?? "";
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.querySelector(".bar .primary").click();
  });
  if (form.elements.venue_id) findVenue(form.elements.venue_id);
  draw();
}

function draw() {
  part("title").textContent = typed("title");
  card.classList.toggle("empty", !typed("title"));
  part("place").textContent = typed("venue_new") || chosen("venue_id");
  part("summary").textContent = typed("summary") || typed("body").slice(0, 200);
  const used = [...form.querySelectorAll("[name=tags_used]:checked")].map((box) => `#${box.value}`);
  part("tags").textContent = [...used, typed("tags")].join(" ");
  const photo = document.querySelector("#thumbs img");
  part("photo").replaceChildren(...(photo ? [Object.assign(new Image(), { src: photo.src, alt: "" })] : []));
}

// A few letters anywhere in a name choose the first venue that has them; the list itself stays.
function findVenue(list) {
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const field = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off" });
  const label = Object.assign(document.createElement("label"), { className: "hint", textContent: list.dataset.find });
  label.append(field);
  const said = Object.assign(document.createElement("output"), { className: "hint" });
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    const letters = plain(field.value.trim());
    const found = letters ? [...list.options].find((option) => option.value && plain(option.textContent).includes(letters)) : null;
    if (found) list.value = found.value;
    said.textContent = found ? found.textContent : "";
    list.dispatchEvent(new Event("change", { bubbles: true }));
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault(); });
  list.before(label, said);
}

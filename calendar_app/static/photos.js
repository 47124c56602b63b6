// Photos are made small here and sent as soon as they are chosen. Whatever fails goes along with the form, as without script.

const LARGEST = 2560; // pixels of the longer side
const SMALL_ENOUGH = 400_000; // bytes
const QUALITY = 0.82;

export function sendPhotos(form, says) {
  const list = form.querySelector("#thumbs");
  const under_way = new Set();
  form.querySelectorAll("input[type=file]").forEach((input) => input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    for (const file of files) {
      const done = send(form, list, says, file).catch(() => keep(input, file)).finally(() => under_way.delete(done));
      under_way.add(done);
    }
  }));
  form.addEventListener("submit", (event) => {
    if (!under_way.size || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const status = document.querySelector("#kept");
    if (status) status.textContent = says.waiting;
    Promise.allSettled([...under_way]).then(() => form.requestSubmit(event.submitter));
  }, { capture: true });
}

async function send(form, list, says, file) {
  const row = document.createElement("li");
  const picture = Object.assign(document.createElement("img"), { alt: "", width: 160, src: URL.createObjectURL(file) });
  const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  progress.setAttribute("aria-label", says.waiting);
  row.append(picture, progress);
  list.append(row);
  try {
    const stored = await upload(form, await small(file), progress);
    if (stored.error) throw new Error(stored.error);
    progress.replaceWith(...about(form, row, says, stored.id));
    picture.src = stored.src;
    form.dispatchEvent(new Event("input"));
    row.querySelector("input:not([type=hidden])").focus({ preventScroll: true });
  } catch (error) {
    progress.replaceWith(Object.assign(document.createElement("p"), { className: "error", textContent: error.message || says.failed }));
    if (error.message) return; // the desk has said what is wrong with it
    throw error;
  }
}

// At most 2560 pixels, upright, as JPEG; without where it was taken. What cannot be drawn is sent as it is.
async function small(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size <= SMALL_ENOUGH) return file;
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

function upload(form, file, progress) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("csrf_token", form.elements.csrf_token.value);
    data.append("photos", file, "photo.jpg");
    request.open("POST", form.dataset.photos);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress.value = event.loaded / event.total; });
    request.addEventListener("load", () => (request.response?.id || request.response?.error ? done(request.response) : fail(new Error(""))));
    request.addEventListener("error", () => fail(new Error("")));
    request.send(data);
  });
}

// What belongs to a stored photo: its number, its words, and a way to take it off again.
function about(form, row, says, id) {
  const make = (name, more) => Object.assign(document.createElement(name), more);
  const label = make("label", { htmlFor: `alt-${id}`, textContent: says.alt });
  label.append(make("span", { className: "hint", textContent: says.why }));
  const remove = make("button", { type: "button", className: "plain", textContent: says.remove });
  remove.addEventListener("click", () => { row.remove(); form.dispatchEvent(new Event("input")); });
  return [
    make("input", { type: "hidden", name: "photo", value: id }),
    label,
    make("input", { id: `alt-${id}`, name: `alt-${id}`, maxLength: 300, autocomplete: "off" }),
    remove,
  ];
}

// So that the form itself sends it.
function keep(input, file) {
  const held = new DataTransfer();
  [...input.files, file].forEach((one) => held.items.add(one));
  input.files = held.files;
}

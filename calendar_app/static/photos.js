// Photos are made small here and sent as soon as they are chosen. Whatever fails goes along with the form, as without script.

const STEPS = [[2560, 0.8], [2048, 0.75], [1600, 0.7]]; // pixels of the longer side, quality: the first that is small enough
const SMALL_ENOUGH = 450_000; // bytes

const form = document.querySelector("form.compose");
if (form) sendPhotos(form, JSON.parse(form.dataset.says));

function sendPhotos(form, says) {
  const list = form.querySelector("#thumbs");
  const under_way = new Set();
  form.querySelectorAll("input[type=file]").forEach((input) => input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    for (const file of files) {
      const done = send(form, list, says, file).catch((error) => keep(input, error.cause)).finally(() => under_way.delete(done));
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
  const make = (name, more) => Object.assign(document.createElement(name), more);
  const row = make("li", {});
  const picture = make("img", { alt: "", width: 160, src: URL.createObjectURL(file) });
  const progress = make("progress", { max: 1, value: 0 });
  const label = make("label", { textContent: says.alt });
  const words = make("input", { type: "text", maxLength: 300, autocomplete: "off", id: `words-${list.children.length}-${Date.now()}` });
  const remove = make("button", { type: "button", className: "plain", textContent: says.remove });
  label.htmlFor = words.id;
  label.append(make("span", { className: "hint", textContent: says.why }));
  progress.setAttribute("aria-label", says.waiting);
  remove.addEventListener("click", () => { row.remove(); form.dispatchEvent(new Event("input")); });
  row.append(picture, label, words, progress, remove);
  list.append(row);
  words.focus(); // its words can be written while it is on its way
  const made = await small(file);
  try {
    const stored = await upload(form, made, progress);
    if (stored.error) throw new Error(stored.error);
    progress.replaceWith(make("input", { type: "hidden", name: "photo", value: stored.id }));
    words.name = `alt-${stored.id}`;
    form.dispatchEvent(new Event("input"));
  } catch (error) {
    progress.replaceWith(make("p", { className: "error", textContent: error.message || says.failed }));
    if (!error.message) throw new Error("", { cause: made });
    words.disabled = true; // the desk has said what is wrong with the picture
  }
}

// Upright, as JPEG, without where it was taken; as large as goes through in a few seconds. What cannot be drawn goes as it is.
async function small(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const longer = Math.max(bitmap.width, bitmap.height);
    if (longer <= STEPS[0][0] && file.size <= SMALL_ENOUGH) return file;
    let made = file;
    for (const [side, quality] of STEPS) {
      made = await drawn(bitmap, Math.min(1, side / longer), quality);
      if (made.size <= SMALL_ENOUGH) break;
    }
    return made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

function drawn(bitmap, scale, quality) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
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

// So that the form itself sends it.
function keep(input, file) {
  const held = new DataTransfer();
  [...input.files, file].forEach((one) => held.items.add(one));
  input.files = held.files;
}

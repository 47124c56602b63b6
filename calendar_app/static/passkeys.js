// Passkeys (WebAuthn): ask the device, put its answer into the form, send the form. What is not possible here stays hidden.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const MINUTES = 4; // a question is valid for five
let asking; // the question that waits for an answer; a new one ends it

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkeys]").forEach((form) => { form.hidden = false; });
  document.querySelectorAll("[data-passkey]").forEach(offer);
  document.querySelectorAll("[data-new-passkey]").forEach((form) => form.addEventListener("submit", make));
}

function offer(box) {
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => use(box));
  if ("autofill" in box.dataset) suggest(box);
}

// Among the addresses that the browser offers for the field; asked again before the question is too old.
async function suggest(box) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  use(box, "conditional");
  const own = asking;
  setTimeout(() => { if (asking === own) suggest(box); }, MINUTES * 60_000);
}

async function use(box, mediation) {
  asking?.abort();
  const mine = asking = new AbortController();
  const problem = box.querySelector(".error");
  problem.hidden = true;
  try {
    const options = await (await fetch(box.dataset.passkey, { signal: mine.signal })).json();
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    const key = await navigator.credentials.get({ publicKey, mediation, signal: mine.signal });
    send(box.closest("form"), box.querySelector("input"), key, box.dataset.action);
  } catch {
    if (!mediation && !mine.signal.aborted) problem.hidden = false;
  }
}

// The form goes where the passkey is read, without the password that may stand in it.
function send(form, field, key, action) {
  form.querySelectorAll("[type=password]").forEach((typed) => { typed.disabled = Boolean(action); });
  field.disabled = false;
  field.value = JSON.stringify(plain(key));
  if (action) form.setAttribute("action", action);
  form.submit();
}

async function make(event) {
  const form = event.target, problem = form.querySelector("[data-failed]");
  event.preventDefault();
  problem.hidden = true;
  const options = JSON.parse(form.dataset.newPasskey);
  const excludeCredentials = options.excludeCredentials.map((held) => ({ ...held, id: bytes(held.id) }));
  const user = { ...options.user, id: bytes(options.user.id) };
  try {
    const publicKey = { ...options, challenge: bytes(options.challenge), user, excludeCredentials };
    send(form, form.elements.passkey, await navigator.credentials.create({ publicKey }));
  } catch (error) {
    problem.textContent = error.name === "InvalidStateError" ? problem.dataset.there : problem.dataset.failed;
    problem.hidden = false;
  }
}

// What the server reads: toJSON() of the standard, which not every browser has.
function plain({ id, rawId, type, authenticatorAttachment, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const told = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return { id, rawId: text(rawId), type, authenticatorAttachment, response: Object.fromEntries(told) };
}

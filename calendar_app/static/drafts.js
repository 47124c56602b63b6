// Every keystroke survives: on this device at once, at the desk two seconds later. Only texts; photos are sent by photos.js.

const STORE = "draft/";
const PASSING = ["csrf_token", "action", "key", "entry", "kind", "asked", "warned", "version"];

const saved = document.querySelector("[data-saved]");
const form = document.querySelector("form.compose");
saved?.dataset.saved.split(" ").forEach((key) => localStorage.removeItem(STORE + saved.dataset.user + "/" + key));
if (form) keepDraft(form, JSON.parse(form.dataset.says));

function keepDraft(form, says) {
  const mine = STORE + form.dataset.user + "/" + form.dataset.key;
  const status = document.querySelector("#kept");
  const first = JSON.stringify(fieldsOf(form));
  let waiting, sent = false, lastKept = first;

  const say = (text) => { if (status) status.textContent = text; };
  const body = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  function keepHere() {
    const fields = fieldsOf(form);
    if (JSON.stringify(fields) === first && !localStorage.getItem(mine)) return;
    store(mine, { form: form.dataset.form, at: Date.now(), fields });
  }
  async function keepThere() {
    clearTimeout(waiting);
    const now = JSON.stringify(fieldsOf(form));
    if (sent || now === lastKept) return;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      if (answer.status === 401 || answer.status === 400) return say(says.signed_out);
      if (!answer.ok) throw new Error(answer.statusText);
      lastKept = now;
      say(says.kept.replace("{time}", (await answer.json()).at));
    } catch {
      say(says.here);
    }
  }
  function leave() {
    if (sent || JSON.stringify(fieldsOf(form)) === lastKept) return;
    navigator.sendBeacon(form.dataset.draft, body());
  }

  form.addEventListener("input", () => {
    keepHere();
    clearTimeout(waiting);
    waiting = setTimeout(keepThere, 2000);
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  addEventListener("pagehide", leave);
  addEventListener("online", keepThere);
  addEventListener("pageshow", () => { sent = false; });
  form.addEventListener("submit", (event) => {
    keepHere();
    if (navigator.onLine === false) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(says.offline);
      status?.scrollIntoView({ block: "center" });
      return;
    }
    sent = true;
  }, { capture: true });

  if (!form.hasAttribute("data-unsaved")) offerKept(form, says, mine);
}

// What this device still has of an earlier try at the same form, if the desk does not have it as new.
function offerKept(form, says, mine) {
  forgetFinished(form);
  const found = kept(form.dataset.user).filter(([, one]) => one.form === form.dataset.form).sort(([, a], [, b]) => b.at - a.at)[0];
  if (!found) return;
  const [name, { at, fields }] = found;
  const same = JSON.stringify(fields) === JSON.stringify(fieldsOf(form));
  if (same) return;
  const box = document.querySelector("#kept-here");
  const key = name.slice(name.lastIndexOf("/") + 1);
  document.querySelectorAll("section[data-left]").forEach((one) => { if (one.dataset.left === key) one.remove(); });
  const time = new Date(at).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "numeric", minute: "2-digit" });
  box.querySelector("strong").textContent = says.found.replace("{time}", time);
  box.querySelector("q").textContent = (fields.find(([field, value]) => field === "title" && value) ?? ["", ""])[1].slice(0, 60);
  box.hidden = false;
  box.querySelector("a").addEventListener("click", async (event) => {
    event.preventDefault();
    const data = new URLSearchParams([...fields, ["kind", form.elements.kind.value], ["entry", form.elements.entry?.value ?? ""], ["csrf_token", form.elements.csrf_token.value]]);
    const answer = await fetch(form.dataset.draft.replace(form.dataset.key, key), { method: "POST", body: data }).catch(() => null);
    if (answer?.ok) {
      const there = new URL(location.href);
      there.searchParams.set("draft", key);
      if (name !== mine) localStorage.removeItem(name);
      form.removeAttribute("data-guard");
      location.assign(there);
    } else {
      fill(form, fields);
      box.hidden = true;
    }
  });
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.removeItem(name);
    box.hidden = true;
    const data = new URLSearchParams([["csrf_token", form.elements.csrf_token.value]]);
    fetch(form.dataset.draft.replace(form.dataset.key, key) + "/drop", { method: "POST", body: data, redirect: "manual" }).catch(() => {});
  });
}

// Saved or thrown away on another device: this one's copy is older than that. Of a form that is edited again only what came after stays.
function forgetFinished(form) {
  const finished = JSON.parse(form.dataset.finished);
  for (const [name, { at }] of kept(form.dataset.user)) {
    const key = name.slice(name.lastIndexOf("/") + 1);
    if (key in finished && (at <= finished[key] || !key.startsWith("edit-"))) localStorage.removeItem(name);
  }
}

function fieldsOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !PASSING.includes(name));
}

function fill(form, fields) {
  for (const field of form.elements) {
    if (!field.name || PASSING.includes(field.name) || field.type === "file" || field.tagName === "BUTTON") continue;
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
  form.dispatchEvent(new Event("input"));
}

function kept(user) {
  return Object.keys(localStorage).filter((name) => name.startsWith(STORE + user + "/")).flatMap((name) => {
    try { return [[name, JSON.parse(localStorage.getItem(name))]]; } catch { return []; }
  });
}

function store(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full, or forbidden: the desk still has it */ }
}

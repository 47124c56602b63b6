// What makes the public pages nicer. Everything works without it.

for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain";
  button.textContent = field.dataset.copy;
  field.after(button);
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = field.dataset.copied;
  });
}

// The device's own way of passing something on, where there is one.
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !navigator.share;
  button.addEventListener("click", () => {
    navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {});
  });
}

// A press on a choice shows its result by itself, and the next page goes on from the same choice.
const chooser = document.querySelector(".chooser");
if (chooser) {
  chooser.addEventListener("change", ({ target }) => {
    try { sessionStorage.pressed = JSON.stringify([target.name, target.value]); } catch { /* not allowed here */ }
    chooser.requestSubmit();
  });
  try {
    const [name, value] = JSON.parse(sessionStorage.pressed ?? "[]");
    delete sessionStorage.pressed;
    const box = [...chooser.elements].find((one) => one.name === name && one.value === value);
    if (box) {
      (box.closest("details") ?? {}).open = true;
      box.focus();
    }
  } catch { /* the page begins at its top */ }
}

// The agenda goes on by itself when its end comes into sight; the link does the same without a script.
const onward = document.querySelector(".onward");
if (onward) {
  new IntersectionObserver(([seen]) => {
    const link = onward.querySelector("[data-onward]:not([aria-busy])");
    if (!seen.isIntersecting || !link) return;
    link.ariaBusy = "true";
    const request = new XMLHttpRequest(); // gives a document without any text becoming markup here
    request.responseType = "document";
    request.onload = () => {
      document.querySelector(".agenda-days").append(...request.response.querySelector(".agenda-days").children);
      link.replaceWith(request.response.querySelector("[data-onward]") ?? "");
    };
    request.onerror = () => { link.ariaBusy = null; };
    request.open("GET", link.href);
    request.send();
  }, { rootMargin: "600px" }).observe(onward);
}

// On a phone a press on a day opens its list beneath the week; a second press leads to its page. Back finds it open again.
const compact = document.querySelector(".compact");
if (compact) {
  const narrow = matchMedia("(max-width: 55.99em)");
  const dates = [...compact.querySelectorAll(".date")], lists = [...compact.querySelectorAll(".alone td")];
  const open = (place) => lists.forEach((list, at) => {
    list.classList.toggle("open", at === place);
    dates[at].ariaExpanded = narrow.matches && list.children.length ? `${at === place}` : null;
  });
  const turn = (way) => document.querySelector(`[data-turn=${way}]`)?.click();
  const kept = lists.findIndex((list) => `#${list.id}` === location.hash);
  open(kept < 0 ? lists.findIndex((list) => list.classList.contains("open")) : kept);
  compact.addEventListener("click", (event) => {
    const place = dates.indexOf(event.target.closest(".date"));
    const list = lists[place];
    if (!list?.children.length || list.classList.contains("open") || !narrow.matches || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open(place);
    history.replaceState(null, "", `#${list.id}`);
  });
  compact.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const next = dates[dates.indexOf(event.target) + step];
    if (!step || !dates.includes(event.target) || !next || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    next.focus();
  });
  let from;
  compact.addEventListener("touchstart", ({ touches: [touch, ...more] }) => { from = more.length ? undefined : touch; }, { passive: true });
  compact.addEventListener("touchend", ({ changedTouches: [touch] }) => {
    const across = from ? touch.clientX - from.clientX : 0;
    if (Math.abs(across) > 70 && Math.abs(across) > 2 * Math.abs(touch.clientY - from.clientY)) turn(across < 0 ? "next" : "previous");
  }, { passive: true });
}

// The map and its pictures come only when somebody asks for them.
const atlas = document.querySelector("[data-map]");
if (atlas) {
  const ask = document.createElement("button");
  const note = document.createElement("p");
  Object.assign(ask, { type: "button", className: "button", textContent: atlas.dataset.ask });
  Object.assign(note, { className: "soft small", textContent: atlas.dataset.note });
  atlas.append(ask, note);
  ask.addEventListener("click", async () => {
    const { draw } = await import(atlas.dataset.map);
    draw(atlas, [...document.querySelectorAll("[data-lat]")]);
  });
}

// What was seen once can be read again without a network, and says that it may be old.
const line = document.querySelector("[data-offline]");
const sayLine = () => { line.textContent = navigator.onLine ? "" : line.dataset.offline; };
if (line) {
  for (const name of ["online", "offline"]) addEventListener(name, sayLine);
  sayLine();
  const address = "/sw.js";
  const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => address });
  navigator.serviceWorker?.register(policy?.createScriptURL("") ?? address).catch(() => {});
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A reaction is counted without leaving the page; a second press takes it back. Without a script a page of thanks does both.
const reacting = document.querySelector(".reactions form");
reacting?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button) return;
  event.preventDefault();
  const pressed = button.ariaPressed === "true";
  const sent = new URLSearchParams({ kind: button.value, ...(pressed && { back: "y" }) });
  const status = document.querySelector(".reactions [role=status]");
  fetch(reacting.action, { method: "POST", body: sent, headers: { Accept: "application/json" } })
    .then(async (answer) => {
      const { result, text } = await answer.json();
      if (result !== "many") button.ariaPressed = `${!pressed}`;
      status.textContent = result === "counted" ? reacting.parentElement.dataset.done : text;
    })
    .catch(() => { location.href = reacting.action; });
});

// Names are suggested while somebody types a search; without a script the page of results says what it found.
const words = document.querySelector("[data-suggest]");
if (words) {
  const list = document.createElement("datalist");
  list.id = "suggested";
  words.after(list);
  words.setAttribute("list", list.id);
  let wait = 0;
  words.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(async () => {
      const address = new URL(words.dataset.suggest, location.href);
      address.searchParams.set("q", words.value);
      const answer = await fetch(address).catch(() => null);
      if (answer?.ok) list.replaceChildren(...(await answer.json()).map((name) => new Option("", name)));
    }, 200);
  });
}

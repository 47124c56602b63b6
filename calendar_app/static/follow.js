// Notifications of this browser: a button that is pressed while they are on. It appears only where the browser can.

const NAME = "follow "; // in localStorage, before what is followed: where it is ended

for (const place of document.querySelectorAll("[data-push]")) {
  const [button, told] = [place.querySelector("button"), place.querySelector("[role=status]")];
  if ("serviceWorker" in navigator && "PushManager" in globalThis) {
    place.hidden = false;
    show(place, button);
    button.addEventListener("click", () => press(place, button, told));
  } else if (navigator.standalone === false) { // iPhone and iPad, in the browser
    place.hidden = false;
    button.hidden = true;
    told.textContent = place.dataset.install;
  }
}

function name(place) {
  return NAME + (place.dataset.event || place.dataset.to);
}

function show(place, button) {
  const on = Boolean(localStorage.getItem(name(place)));
  button.ariaPressed = String(on);
  button.textContent = on ? place.dataset.on : place.dataset.off;
}

async function press(place, button, told) {
  button.disabled = true;
  told.textContent = "";
  try {
    if (localStorage.getItem(name(place))) await leave(place);
    else told.textContent = await follow(place);
  } catch {
    told.textContent = place.dataset.failed;
  }
  button.disabled = false;
  show(place, button);
}

async function follow(place) {
  if (await Notification.requestPermission() !== "granted") return place.dataset.blocked;
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: place.dataset.push };
  const device = await pushManager.getSubscription() ?? await pushManager.subscribe(options);
  const { endpoint, keys } = device.toJSON();
  const body = JSON.stringify({ endpoint, keys, event: place.dataset.event });
  const answer = await fetch(place.dataset.to, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) throw new Error(answer.status);
  localStorage.setItem(name(place), (await answer.json()).leave);
  return place.dataset.done;
}

async function leave(place) {
  const answer = await fetch(localStorage.getItem(name(place)), { method: "POST" });
  if (!answer.ok) throw new Error(answer.status);
  localStorage.removeItem(name(place));
  if (Object.keys(localStorage).some((key) => key.startsWith(NAME))) return;
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
}
